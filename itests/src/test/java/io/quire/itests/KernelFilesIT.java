package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The kernel of {@code docs/howto/add-a-kernel.md}, and bad ones, in a server that runs. */
@EnabledIfEnvironmentVariable(
    named = "QUIRE_OPENCL_REQUIRED",
    matches = ".*pocl.*",
    disabledReason = "kernel files need an OpenCL device; this test takes PoCL")
class KernelFilesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CLIENTS = 4;
  private static final String OP = "activation.gated";

  @TempDir Path folder;

  @Test
  void shouldTakeAGoodKernelAndRefuseBadOnesWhileRequestsRun() throws Exception {
    Path deploy = Files.createDirectory(folder.resolve("deploy"));
    String good = kernelOfTheHowTo();
    try (Server server =
            Server.start(
                "random:llama-tiny",
                "--device",
                "(&(driver=opencl)(platform=Portable*))",
                "--deploy",
                deploy.toString());
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      JsonNode before = complete(server, 0);
      List<CompletableFuture<JsonNode>> running =
          IntStream.range(0, CLIENTS)
              .mapToObj(i -> CompletableFuture.supplyAsync(() -> complete(server, i), clients))
              .toList();

      drop(deploy, "many.qk", good);
      server.await("kernels for " + OP + " are replaced", 0);
      awaitLine(server, "many.qk", ": preferred");

      drop(deploy, "broken.qk", named("broken", good).replace("x[i]) *", "x[i] *"));
      server.await("broken.qk is refused for opencl-pocl0", 0);
      int fault = lineOf("x[i] *", Files.readString(deploy.resolve("broken.qk")));
      awaitLine(server, "broken.qk", OP + "/broken:" + fault + ":");

      drop(deploy, "wrong.qk", named("wrong", good).replace("* y[i];", "* y[i] + 1.0f;"));
      server.await("wrong.qk is refused for opencl-pocl0", 0);
      awaitLine(server, "wrong.qk", "out: element 0 is 1.0, expected 0.0");

      String elsewhere = good.replace("@ranking  10", "@ranking 30\n * @device (vendor=nobody)");
      drop(deploy, "elsewhere.qk", elsewhere);
      awaitLine(server, "elsewhere.qk", "does not match (vendor=nobody)");

      drop(deploy, "header.qk", good.replace("@ranking", "@rankling"));
      server.await("header.qk is refused: line 5: the key '@rankling'", 0);

      for (CompletableFuture<JsonNode> each : running) {
        assertEquals("length", each.get(2, TimeUnit.MINUTES).get("finish_reason").asText());
      }
      assertEquals(before.get("token_ids"), complete(server, 0).get("token_ids"));
    }
  }

  /** Greater in rank than the one in use, so that it is tried. */
  private static String named(String name, String text) {
    return text.replace("many", name).replace("@ranking  10", "@ranking 20");
  }

  private static String kernelOfTheHowTo() throws IOException {
    String page =
        Files.readString(
            Path.of(System.getProperty("quire.itests"), "..", "docs/howto/add-a-kernel.md"));
    int begin = page.indexOf("```c\n") + "```c\n".length();
    return page.substring(begin, page.indexOf("```", begin)).stripIndent();
  }

  private static int lineOf(String words, String text) {
    List<String> lines = text.lines().toList();
    return 1
        + IntStream.range(0, lines.size())
            .filter(i -> lines.get(i).contains(words))
            .findFirst()
            .orElseThrow();
  }

  /** A file that is being written is left alone, so it appears at once. */
  private void drop(Path deploy, String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    Files.move(file, deploy.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Asks the shell until it says this of a kernel file. */
  private void awaitLine(Server server, String file, String words) throws Exception {
    List<String> command =
        List.of(
            Server.script(),
            "shell",
            "--port",
            String.valueOf(server.port()),
            "-c",
            "kernels " + OP);
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    String listing;
    do {
      listing = Server.run(folder, command);
      if (listing.lines().anyMatch(line -> line.contains(file) && line.contains(words))) {
        return;
      }
    } while (System.nanoTime() - deadline < 0);
    throw new AssertionError("'" + words + "' is not said of " + file + ":\n" + listing);
  }

  private static JsonNode complete(Server server, int seed) {
    try {
      String body =
          JSON.writeValueAsString(
              Map.of(
                  "model",
                  "llama-tiny",
                  "prompt",
                  List.of(1, 2, 3, 4 + seed),
                  "temperature",
                  0,
                  "max_tokens",
                  400,
                  "ignore_eos",
                  true,
                  "return_token_ids",
                  true));
      JsonNode answer = JSON.readTree(server.post("/v1/completions", body).body());
      assertTrue(answer.has("choices"), () -> answer + "\n" + server.output());
      return answer.get("choices").get(0);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(server.output(), e);
    }
  }
}
