package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.testkit.References;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The default model on the OpenCL runtimes that {@code QUIRE_OPENCL_REQUIRED} names (such as {@code
 * pocl,rusticl,intel}): the portable kernels from end to end.
 */
class OpenClIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The reference's margin under which bf16 activations may choose another token. */
  private static final double MARGIN = 0.15;

  private static final Map<String, String> PLATFORMS =
      Map.of("pocl", "Portable*", "rusticl", "rusticl*", "intel", "Intel*");

  private static final int TOKENS = 24;

  static List<String> runtimes() {
    String required = System.getenv().getOrDefault("QUIRE_OPENCL_REQUIRED", "");
    return Stream.of(required.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("runtimes")
  void shouldContinueThePromptsAsTheReferenceDoes(String runtime) throws Exception {
    String filter = "(&(driver=opencl)(platform=" + PLATFORMS.get(runtime) + "))";
    try (Server server = Server.start("--device", filter, "--max-model-len", "1024");
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<JsonNode> lines =
          References.lines(References.SMOLLM2, "greedy.jsonl").stream()
              .filter(line -> line.get("prompt_ids").size() < 64)
              .limit(6)
              .toList();
      // All at once: prefill and decode of different sequences share steps.
      List<CompletableFuture<int[]>> answers =
          lines.stream()
              .map(line -> CompletableFuture.supplyAsync(() -> complete(server, line), clients))
              .toList();
      for (int i = 0; i < lines.size(); i++) {
        assertMatches(runtime, lines.get(i), answers.get(i).get());
      }
    }
  }

  private static int[] complete(Server server, JsonNode line) {
    try {
      String body =
          JSON.writeValueAsString(
              Map.of(
                  "model",
                  "smollm2-135m",
                  "prompt",
                  References.ints(line.get("prompt_ids")),
                  "temperature",
                  0,
                  "max_tokens",
                  TOKENS,
                  "ignore_eos",
                  true,
                  "return_token_ids",
                  true));
      JsonNode answer = JSON.readTree(server.post("/v1/completions", body).body());
      assertTrue(answer.has("choices"), () -> answer + "\n" + server.output());
      return References.ints(answer.get("choices").get(0).get("token_ids"));
    } catch (Exception e) {
      throw new AssertionError(server.output(), e);
    }
  }

  private static void assertMatches(String runtime, JsonNode line, int[] tokens) {
    int[] expected = Arrays.copyOf(References.ints(line.get("output_ids")), TOKENS);
    int different = Arrays.mismatch(expected, tokens);
    if (different >= 0) {
      assertEquals(TOKENS, tokens.length);
      double margin = line.get("margin").get(different).asDouble();
      assertTrue(
          margin <= MARGIN,
          () ->
              runtime
                  + ", "
                  + line.get("name")
                  + ": token "
                  + different
                  + " is "
                  + tokens[different]
                  + " instead of "
                  + expected[different]
                  + " with margin "
                  + margin);
    }
  }
}
