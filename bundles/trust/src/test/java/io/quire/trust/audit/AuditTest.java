package io.quire.trust.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class AuditTest {
  @Test
  void shouldWriteKeysInOneOrderAndLeaveOutWhatIsEmpty() {
    assertEquals(
        "event=arrived kind=bundle name=a.b version=1.0.0 origin=file:/tmp/a.jar arch=x",
        Audit.text(
            "arrived",
            "bundle",
            Map.of(
                "origin",
                "file:/tmp/a.jar",
                "arch",
                "x",
                "version",
                "1.0.0",
                "name",
                "a.b",
                "signer",
                "")));
  }

  @Test
  void shouldKeepALineOneLineWhateverItHolds() {
    assertEquals(
        "event=left kind=model name=\"a\\u000aevent=arrived kind=\\\"b\\\\\\\"\"",
        Audit.text("left", "model", Map.of("name", "a\nevent=arrived kind=\"b\\\"")));
  }
}
