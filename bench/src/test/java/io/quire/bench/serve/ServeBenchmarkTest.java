package io.quire.bench.serve;

import static io.quire.bench.serve.OpenAiClientTest.textEvent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.bench.command.Console;
import io.quire.bench.command.Options;
import io.quire.bench.command.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeBenchmarkTest {
  private static final String USAGE =
      "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 5, \"completion_tokens\": 2}}\n\n";
  private static final TestServer.Answer GOOD =
      TestServer.events(textEvent("a"), textEvent("b"), USAGE, "data: [DONE]\n\n");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path folder;

  @Test
  void shouldReportEveryFigure() throws Exception {
    try (TestServer server = new TestServer(GOOD)) {
      Path json = folder.resolve("result.json");
      int status =
          run(server, "--num-prompts=6", "--percentiles=90,99.9", "--json", json.toString());
      assertEquals(0, status, text(err));
      String report = text(out);
      for (String line :
          List.of(
              "Successful requests:                     6",
              "Total input tokens:                      30",
              "Total generated tokens:                  12",
              "Output token throughput (tok/s):",
              "Mean TTFT (ms):",
              "Median TPOT (ms):",
              "P90 ITL (ms):",
              "P99.9 E2EL (ms):")) {
        assertTrue(report.contains(line), report);
      }
      JsonNode results = new ObjectMapper().readTree(Files.readString(json));
      assertEquals("the-model", results.get("model_id").asText());
      assertEquals(6, results.get("completed").asInt());
      assertEquals(6, results.get("itl_count").asInt());
      assertTrue(results.get("p99.9_ttft_ms").asDouble() > 0);
      assertEquals(
          12 / results.get("duration").asDouble(), results.get("output_throughput").asDouble());
    }
  }

  @Test
  void shouldSendPromptsOfExactlySoManyIds() throws Exception {
    List<JsonNode> prompts = Collections.synchronizedList(new ArrayList<>());
    TestServer.Answer listening =
        (exchange, body) -> {
          prompts.add(new ObjectMapper().readTree(body).get("prompt"));
          GOOD.to(exchange, body);
        };
    try (TestServer server = new TestServer(listening)) {
      String[] options = {"--num-prompts=3", "--prompt-ids=100"};
      assertEquals(0, run(server, options), text(err));
      assertEquals(4, new HashSet<>(prompts).size(), "a warm-up and three, all different");
      for (JsonNode prompt : prompts) {
        assertEquals(8, prompt.size());
        prompt.forEach(id -> assertTrue(id.asInt() >= 3 && id.asInt() < 100, prompt.toString()));
      }
      assertThrows(
          UsageException.class,
          () -> run(server, "--prompt-ids=100", "--endpoint=/v1/chat/completions"));
    }
  }

  @Test
  void shouldWriteNothingButJsonToStandardOutput() throws Exception {
    try (TestServer server = new TestServer(GOOD)) {
      assertEquals(0, run(server, "--num-prompts=1", "--num-warmups=0", "--json=-"));
      assertEquals(1, new ObjectMapper().readTree(text(out)).get("completed").asInt());
      assertTrue(text(err).contains("Successful requests:"), text(err));
    }
  }

  @Test
  void shouldCountFailuresAndSayTheFirst() throws Exception {
    AtomicInteger count = new AtomicInteger();
    TestServer.Answer sometimes =
        (exchange, body) -> {
          if (count.incrementAndGet() % 2 == 0) {
            TestServer.send(exchange, 500, "broken");
          } else {
            GOOD.to(exchange, body);
          }
        };
    try (TestServer server = new TestServer(sometimes)) {
      assertEquals(1, run(server, "--num-prompts=8", "--num-warmups=0", "--max-concurrency=1"));
      assertTrue(text(out).contains("Failed requests:                         4"), text(out));
      assertTrue(text(err).contains("4 failed; the first: HTTP 500: broken"), text(err));
    }
  }

  @Test
  void shouldNotMeasureAfterAFailedWarmUp() throws Exception {
    try (TestServer server = new TestServer((e, body) -> TestServer.send(e, 404, "no such"))) {
      IOException e = assertThrows(IOException.class, () -> run(server, "--num-prompts=8"));
      assertEquals(
          "a warm-up request failed, nothing was measured: HTTP 404: no such", e.getMessage());
      assertEquals(1, server.bodies.size());
    }
  }

  @Test
  void shouldKeepToTheConcurrency() throws Exception {
    Semaphore room = new Semaphore(3);
    TestServer.Answer strict =
        (exchange, body) -> {
          if (!room.tryAcquire()) {
            TestServer.send(exchange, 500, "too many");
            return;
          }
          // Given back before the end is sent: the client may go on at once.
          exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
          byte[] bytes = (textEvent("a") + USAGE).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(bytes);
          exchange.getResponseBody().flush();
          room.release();
          exchange.getResponseBody().write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        };
    try (TestServer server = new TestServer(strict)) {
      assertEquals(0, run(server, "--num-prompts=60", "--max-concurrency=3"), text(err));
    }
  }

  @Test
  void shouldSendDifferentPromptsAndTheSameForTheSameSeed() throws Exception {
    List<List<String>> runs = new ArrayList<>();
    for (String seed : List.of("1", "1", "2")) {
      try (TestServer server = new TestServer(GOOD)) {
        String[] arguments = {
          "--num-prompts=5",
          "--num-warmups=0",
          "--seed=" + seed,
          "--dataset=chat",
          "--max-concurrency=1",
          "--request-rate=1000"
        };
        assertEquals(0, run(server, arguments), text(err));
        assertEquals(5, server.bodies.stream().distinct().count());
        runs.add(server.bodies.stream().sorted().toList());
      }
    }
    assertEquals(runs.get(0), runs.get(1));
    assertTrue(runs.get(2).stream().noneMatch(runs.get(0)::contains));
  }

  @Test
  void shouldReadLengthsAndTheKeyFromFiles() throws Exception {
    Path lengths = Files.writeString(folder.resolve("lengths.json"), "[[2, 9], [3, 8]]");
    Path key = Files.writeString(folder.resolve("key"), "\n  sesame \nother\n");
    try (TestServer server = new TestServer(GOOD)) {
      String[] arguments = {
        "--num-prompts=2",
        "--num-warmups=0",
        "--max-concurrency=1",
        "--model=m",
        "--lengths=" + lengths,
        "--api-key-file=" + key,
        "--endpoint=/v1/chat/completions"
      };
      assertEquals(0, run(server, arguments), text(err));
      assertEquals(List.of("Bearer sesame", "Bearer sesame"), server.keys);
      assertEquals(
          2,
          server.bodies.stream().filter(b -> b.matches(".*_tokens\":[98],.*")).distinct().count());
    }
  }

  @Test
  void shouldRefuseAnAddressThatIsNone() {
    Options options =
        Options.parse(
            new ServeBenchmark().options(), List.of("--base-url", "localhost:8000", "--model=m"));
    String message =
        assertThrows(UsageException.class, () -> new ServeBenchmark().run(options, console()))
            .getMessage();
    assertEquals("localhost:8000 is not the address of a server, http://HOST:PORT", message);
  }

  private int run(TestServer server, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--base-url", server.url(), "--random-input-len=8"));
    all.addAll(List.of(arguments));
    ServeBenchmark benchmark = new ServeBenchmark();
    return benchmark.run(Options.parse(benchmark.options(), all), console());
  }

  private Console console() {
    return new Console(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        false);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
