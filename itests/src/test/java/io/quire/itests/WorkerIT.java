package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.testkit.References;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The distribution with the CPU's device in a process of its own. */
@Timeout(240)
class WorkerIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LIVES = "device cpu0 lives in worker process ";

  @Test
  void shouldOutliveItsWorkerAndTakeTheNextOneAlong(@TempDir Path etc) throws Exception {
    Files.writeString(etc.resolve("io.quire.worker.cfg"), "backends = io.quire.backend.cpu\n");
    ProcessHandle worker;
    try (Server server =
        Server.start("random:llama-tiny", "--etc", etc.toString(), "--device", "(driver=cpu)")) {
      worker = worker(server, 0);
      int[] tokens = complete(server);
      int lines = server.lines();
      worker.destroyForcibly();
      assertArrayEquals(tokens, complete(server), "a request waits for the device to return");
      worker = worker(server, lines);
      // A terminal signals all processes of a server: only the server itself takes it as its own.
      worker.destroy();
      server.process().toHandle().destroy();
      server.await("stopping: ", lines);
      assertTrue(server.process().waitFor(60, TimeUnit.SECONDS), server::output);
      assertFalse(server.output().contains("has ended with status 143"), server::output);
    }
    worker.onExit().get(30, TimeUnit.SECONDS);
  }

  private static ProcessHandle worker(Server server, int after) throws Exception {
    String line = server.await(LIVES, after);
    String pid = line.substring(line.indexOf(LIVES) + LIVES.length()).strip();
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  private static int[] complete(Server server) throws Exception {
    String body =
        JSON.writeValueAsString(
            Map.of(
                "model",
                "llama-tiny",
                "prompt",
                "Once",
                "temperature",
                0,
                "max_tokens",
                24,
                "ignore_eos",
                true,
                "return_token_ids",
                true));
    JsonNode answer = JSON.readTree(server.post("/v1/completions", body).body());
    assertTrue(answer.has("choices"), () -> answer + "\n" + server.output());
    return References.ints(answer.get("choices").get(0).get("token_ids"));
  }
}
