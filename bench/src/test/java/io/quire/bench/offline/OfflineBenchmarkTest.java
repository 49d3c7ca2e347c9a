package io.quire.bench.offline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.bench.command.Console;
import io.quire.bench.command.Options;
import io.quire.bench.command.UsageException;
import io.quire.testkit.TestModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfflineBenchmarkTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path home;

  @Test
  void shouldRunARealModelInEachMode() throws Exception {
    for (String mode : List.of("throughput", "prefill", "decode")) {
      out.reset();
      int status =
          run(
              "--model=" + TestModels.smollm2(),
              "--mode=" + mode,
              "--num-prompts=3",
              "--input-len=6",
              "--output-len=3",
              "--max-num-seqs=2",
              "--max-num-batched-tokens=8",
              "--warmup=0",
              "--repeat=2",
              "--json=-");
      assertEquals(0, status);
      JsonNode results = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
      assertEquals(mode, results.get("mode").asText());
      assertEquals(2, results.get("repetitions").asInt());
      assertTrue(results.get("prompt_tok_s").asDouble() > 0);
      assertTrue(results.get("output_tok_s").asDouble() > 0);
      assertEquals(mode.equals("decode"), results.has("decode_tok_s"));
    }
  }

  @Test
  void shouldRefuseRequestsThatAreLongerThanTheContext() {
    String message =
        assertThrows(
                UsageException.class,
                () -> run("--model=" + TestModels.smollm2(), "--input-len=100000"))
            .getMessage();
    assertTrue(message.startsWith("the longest request has 100128 tokens"), message);
  }

  @Test
  void shouldFindAModelByItsFolder() throws IOException {
    Path folder = Files.createDirectories(home.resolve("models").resolve("small"));
    Path file = Files.createFile(folder.resolve("small.gguf"));
    assertEquals(file.toString(), Parts.resolve("small", home));
    assertEquals(file.toString(), Parts.resolve(file.toString(), home));
    assertEquals("random:llama-1b", Parts.resolve("random:llama-1b", home));
    assertThrows(UsageException.class, () -> Parts.resolve("../../etc-of-nobody", home));
  }

  private int run(String... arguments) throws Exception {
    OfflineBenchmark benchmark = new OfflineBenchmark();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    return benchmark.run(Options.parse(benchmark.options(), List.of(arguments)), console);
  }
}
