package io.quire.launcher;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeOptionsTest {
  private static ServeOptions parse(String... arguments) {
    return ServeOptions.parse(List.of(arguments));
  }

  @Test
  void shouldServeTheDefaultModelOnLoopback() {
    ServeOptions options = parse();
    assertEquals("smollm2-135m", options.model());
    assertEquals(8000, options.port());
    assertEquals("127.0.0.1", options.host());
    assertEquals("smollm2-135m", options.servedName());
  }

  @Test
  void shouldTakeOptionsWithASpaceOrAnEqualsSign() {
    ServeOptions options = parse("--port", "9", "m.gguf", "--max-num-seqs=4");
    assertEquals(9, options.port());
    assertEquals("m", options.servedName());
    assertEquals("4", options.modelConfiguration("/m.gguf").get("max.num.seqs"));
  }

  @Test
  void shouldTurnOptionsIntoTheModelsConfiguration() {
    ServeOptions options =
        parse(
            "random:llama-1b?layers=2",
            "--device",
            "(driver=cpu)",
            "--kv-memory",
            "2g",
            "--scheduling-policy",
            "priority",
            "--no-prefix-caching",
            "--no-async-scheduling",
            "--max-model-len",
            "512");
    assertEquals(
        Map.of(
            "name",
            "llama-1b",
            "location",
            "random:llama-1b?layers=2",
            "device.filter",
            "(driver=cpu)",
            "kv.memory",
            "2g",
            "scheduler.target",
            "(policy=priority)",
            "prefix.caching",
            "false",
            "async.scheduling",
            "false",
            "max.model.len",
            "512"),
        options.modelConfiguration("random:llama-1b?layers=2"));
  }

  @ParameterizedTest
  @CsvSource({
    "--port, 65536, whole number from 0 to 65535",
    "--port, x, whole number",
    "--max-num-seqs, 0, whole number from 1",
    "--max-num-batched-tokens, -5, whole number",
    "--kv-memory, lots, not a size",
    "--kv-memory, 0g, not a size",
    "--scheduling-policy, a)(b, not a policy",
    "--api-key-file, /no/such/file, cannot be read",
    "--nonsense, 1, no option --nonsense",
  })
  void shouldRefuseValuesOutOfRange(String option, String value, String message) {
    UsageException refused = assertThrows(UsageException.class, () -> parse(option, value));
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }

  @Test
  void shouldRefuseTwoModelsAndAMissingValue() {
    assertThrows(UsageException.class, () -> parse("a.gguf", "b.gguf"));
    assertThrows(UsageException.class, () -> parse("--port"));
  }

  @Test
  void shouldRefuseToBeOpenToOthersWithoutAKey(@TempDir Path folder) throws Exception {
    UsageException refused =
        assertThrows(
            UsageException.class, () -> parse("--host", "0.0.0.0", "--port", "0").checkAddress());
    assertTrue(refused.getMessage().contains("--api-key-file"), refused.getMessage());
    Path keys = Files.writeString(folder.resolve("keys"), "k\n");
    assertDoesNotThrow(() ->
        parse("--host", "0.0.0.0", "--port", "0", "--api-key-file", keys.toString())
            .checkAddress());
  }

  @Test
  void shouldSayThatAPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      UsageException refused =
          assertThrows(UsageException.class, () -> parse("--port", port).checkAddress());
      assertTrue(refused.getMessage().contains("--port"), refused.getMessage());
    }
  }
}
