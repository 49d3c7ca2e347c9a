package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.testkit.References;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The running distribution from outside: HTTP, OpenAI's own clients, the shell. */
class ServerIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL = "smollm2-135m";

  /** The reference's own margin under which another order of additions may choose another token. */
  private static final double MARGIN = 0.05;

  private static Server server;

  @BeforeAll
  static void start() throws Exception {
    server = Server.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void shouldContinueThePromptsAsTheReferenceDoes() throws Exception {
    for (JsonNode line : References.lines(References.SMOLLM2, "greedy.jsonl").subList(0, 6)) {
      String body =
          JSON.writeValueAsString(
              Map.of(
                  "model",
                  MODEL,
                  "prompt",
                  References.ints(line.get("prompt_ids")),
                  "temperature",
                  0,
                  "max_tokens",
                  48,
                  "ignore_eos",
                  true,
                  "return_token_ids",
                  true));
      JsonNode choice =
          JSON.readTree(server.post("/v1/completions", body).body()).get("choices").get(0);
      assertMatches(line, References.ints(choice.get("token_ids")));
    }
  }

  private static void assertMatches(JsonNode line, int[] tokens) {
    assertEquals(48, tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      int expected = line.get("output_ids").get(i).asInt();
      if (tokens[i] != expected) {
        double margin = line.get("margin").get(i).asDouble();
        assertTrue(
            margin <= MARGIN,
            line.get("name")
                + ": token "
                + i
                + " is "
                + tokens[i]
                + " instead of "
                + expected
                + ", margin "
                + margin);
        return;
      }
    }
  }

  @Test
  void shouldSatisfyThePythonClient() throws Exception {
    Path clients = clients();
    String text =
        Server.run(
            clients,
            List.of("python3", script("openai_client.py"), server.url()),
            "PYTHONPATH",
            clients.resolve("python").toString());
    assertTrue(text.contains("ok: "), text);
  }

  @Test
  void shouldSatisfyTheJavaScriptClient() throws Exception {
    Path clients = clients();
    String text =
        Server.run(
            clients,
            List.of(
                "node",
                script("openai_client.mjs"),
                server.url(),
                clients.resolve("node/node_modules").toString()));
    assertTrue(text.contains("ok with openai"), text);
  }

  @Test
  void shouldTokenizeAndBack() throws Exception {
    String text = "Bonjour, le monde! \u4e16\u754c";
    JsonNode tokens =
        JSON.readTree(
            server
                .post("/tokenize", JSON.writeValueAsString(Map.of("model", MODEL, "prompt", text)))
                .body());
    assertEquals(tokens.get("count").asInt(), tokens.get("tokens").size());
    String body = JSON.writeValueAsString(Map.of("model", MODEL, "tokens", tokens.get("tokens")));
    assertEquals(
        text, JSON.readTree(server.post("/detokenize", body).body()).get("prompt").asText());
  }

  @Test
  void shouldTellItsHealthVersionAndFigures() throws Exception {
    assertEquals(200, server.get("/health").statusCode());
    assertEquals(200, server.get("/ping").statusCode());
    assertTrue(JSON.readTree(server.get("/version").body()).hasNonNull("version"));
    String metrics = server.get("/metrics").body();
    for (String name :
        List.of(
            "num_requests_running",
            "num_requests_waiting",
            "kv_cache_usage_perc",
            "prompt_tokens_total",
            "generation_tokens_total",
            "time_to_first_token_seconds_bucket",
            "inter_token_latency_seconds_bucket")) {
      assertTrue(metrics.contains("vllm:" + name), () -> name + " is missing in\n" + metrics);
    }
  }

  @Test
  void shouldFreeTheCacheWhenAClientHangsUp() throws Exception {
    var response =
        server.stream(
            "/v1/completions",
            "{\"model\":\""
                + MODEL
                + "\",\"prompt\":\"Once\",\"max_tokens\":4000,\"ignore_eos\":true,\"stream\":true}");
    try (var lines = response.body()) {
      Iterator<String> iterator = lines.iterator();
      assertTrue(iterator.next().startsWith("data: "));
    }
    assertTrue(shell("quire:requests").lines().noneMatch(l -> l.contains("4000")));
    String finished = awaitMetric("vllm:request_success_total{", "abort");
    assertNotEquals("", finished);
  }

  /** Asks again until an aborted request is counted; each answer is an event of its own. */
  private static String awaitMetric(String name, String label) throws Exception {
    for (int i = 0; i < 10_000; i++) {
      Optional<String> line =
          server
              .get("/metrics")
              .body()
              .lines()
              .filter(l ->
                  l.startsWith(name)
                      && l.contains(label)
                      && !l.endsWith(" 0.0")
                      && !l.endsWith(" 0"))
              .findFirst();
      if (line.isPresent()) {
        return line.get();
      }
    }
    return "";
  }

  @Test
  void shouldRefuseMoreTokensThanTheContextHolds() throws Exception {
    var response =
        server.post(
            "/v1/completions",
            "{\"model\":\"" + MODEL + "\",\"prompt\":\"x\",\"max_tokens\":1000000}");
    assertEquals(400, response.statusCode());
    JsonNode error = JSON.readTree(response.body()).get("error");
    assertTrue(error.get("message").asText().contains("8192"), response.body());
  }

  @Test
  void shouldRunGogoCommandsOverTheSocket() throws Exception {
    assertTrue(shell("quire:models").contains(MODEL));
    assertTrue(shell("quire:devices").contains("cpu0"));
    assertTrue(shell("quire:kv").contains(MODEL));
    assertTrue(shell("felix:lb -s").contains("io.quire.core"));
    Process failing =
        new ProcessBuilder(
                Server.script(), "shell", "--port", "" + server.port(), "-c", "quire:nonsense")
            .start();
    assertNotEquals(0, failing.waitFor());
  }

  @Test
  void shouldLoadAndUnloadAModelFromTheShell() throws Exception {
    shell("quire:load tiny random:llama-tiny");
    assertTrue(server.get("/v1/models").body().contains("\"tiny\""));
    String body = "{\"model\":\"tiny\",\"prompt\":[1,2,3],\"max_tokens\":5,\"ignore_eos\":true}";
    assertEquals(200, server.post("/v1/completions", body).statusCode());
    shell("quire:unload tiny");
    assertFalse(server.get("/v1/models").body().contains("\"tiny\""));
    assertEquals(404, server.post("/v1/completions", body).statusCode());
  }

  @Test
  void shouldFinishStreamsWhenItIsToldToStop() throws Exception {
    try (Server leaving = Server.start("random:llama-tiny", "--served-model-name", "tiny")) {
      String body =
          "{\"model\":\"tiny\",\"prompt\":[1,2,3],\"max_tokens\":400,\"ignore_eos\":true,\"stream\":true}";
      Iterator<String> lines = leaving.stream("/v1/completions", body).body().iterator();
      assertTrue(lines.next().startsWith("data: "));
      leaving.process().toHandle().destroy();
      String last = "";
      while (lines.hasNext()) {
        String line = lines.next();
        last = line.isEmpty() ? last : line;
      }
      assertEquals("data: [DONE]", last, leaving.output());
      assertTrue(leaving.process().waitFor(40, TimeUnit.SECONDS));
      assertEquals(0, leaving.process().exitValue(), leaving.output());
    }
  }

  @Test
  void shouldAskForTheKeyWhereThereIsOne() throws Exception {
    Path keys = Files.createTempFile("quire-keys", ".txt");
    Files.writeString(keys, "secret-1\n");
    try (Server closed =
        Server.start(
            "random:llama-tiny",
            "--served-model-name",
            "tiny",
            "--api-key-file",
            keys.toString())) {
      String body = "{\"model\":\"tiny\",\"prompt\":[1,2,3],\"max_tokens\":2}";
      assertEquals(401, closed.post("/v1/completions", body).statusCode());
      assertEquals(
          200,
          closed.post("/v1/completions", body, "Authorization", "Bearer secret-1").statusCode());
      assertEquals(200, closed.get("/health").statusCode());
    } finally {
      Files.delete(keys);
    }
  }

  private static String shell(String command) throws Exception {
    return Server.run(
        Path.of("."),
        List.of(Server.script(), "shell", "--port", String.valueOf(server.port()), "-c", command));
  }

  private static String script(String name) {
    return Path.of(System.getProperty("quire.itests"), "src/test/clients", name).toString();
  }

  private static Path clients() {
    String configured = System.getenv("QUIRE_CLIENTS");
    assertTrue(
        configured != null && Files.isDirectory(Path.of(configured)),
        "OpenAI's clients are missing: run .ci/run, or set QUIRE_CLIENTS to a folder with python/ and node/ (see CONTRIBUTING.md)");
    return Path.of(configured);
  }
}
