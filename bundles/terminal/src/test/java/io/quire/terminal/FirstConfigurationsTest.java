package io.quire.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.StringWriter;
import java.util.Dictionary;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class FirstConfigurationsTest {
  @Test
  void shouldGroupLinesByPid() throws Exception {
    Properties lines = new Properties();
    lines.setProperty("io.quire.model~org/repo/location", "/models/a=b");
    lines.setProperty("io.quire.model~org/repo/name", "org/repo");
    lines.setProperty("io.quire.http/api.key.file", "/keys");
    StringWriter text = new StringWriter();
    lines.store(text, null);
    Map<String, Dictionary<String, Object>> configurations =
        FirstConfigurations.parse(text.toString());
    assertEquals(2, configurations.size());
    assertEquals("/models/a=b", configurations.get("io.quire.model~org/repo").get("location"));
    assertEquals("org/repo", configurations.get("io.quire.model~org/repo").get("name"));
    assertEquals("/keys", configurations.get("io.quire.http").get("api.key.file"));
  }

  @Test
  void shouldRefuseALineWithoutAKey() {
    assertThrows(IOException.class, () -> FirstConfigurations.parse("nonsense=1"));
  }
}
