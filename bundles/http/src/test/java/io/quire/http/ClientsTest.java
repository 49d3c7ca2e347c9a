package io.quire.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that go away, read slowly or come in crowds; engines that refuse or fail. */
@Timeout(60)
class ClientsTest {
  private static final String PATH = "/v1/completions";
  private static final String STREAM = "{'prompt': 'x', 'stream': true}";

  private static TestServer impatient() {
    return new TestServer(
        new Settings(
            Optional.empty(), Set.of(), Duration.ofMillis(200), Duration.ofMillis(20), 1000));
  }

  /** Only the operating system knows of a client that leaves while nothing is written to it. */
  private static void assumeSocketsAreListed() {
    assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "needs Linux");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'prompt': 'x', 'stream': true}", "{'prompt': 'x'}"})
  void shouldCancelWhenTheClientGoesAwayBeforeTheFirstToken(String body) throws Exception {
    assumeSocketsAreListed();
    try (TestServer server = new TestServer()) {
      server.engine.script = g -> {};
      Socket socket = server.open(PATH, body);
      ScriptedGeneration generation = server.engine.next();
      assertEquals(1, generation.cancelled.getCount());
      socket.close();
      generation.awaitCancel();
    }
  }

  @Test
  void shouldCancelEveryPromptOfARequest() throws Exception {
    assumeSocketsAreListed();
    try (TestServer server = new TestServer()) {
      server.engine.script = g -> {};
      Socket socket = server.open(PATH, "{'prompt': ['x', 'y', 'z'], 'n': 2}");
      List<ScriptedGeneration> all =
          List.of(server.engine.next(), server.engine.next(), server.engine.next());
      socket.close();
      for (ScriptedGeneration generation : all) {
        generation.awaitCancel();
      }
    }
  }

  @Test
  void shouldCancelWhenAWriteFails() throws Exception {
    try (TestServer server = new TestServer()) {
      server.engine.script =
          g -> {
            g.start();
            while (g.cancelled.getCount() > 0) {
              g.say(0, "x");
              Thread.onSpinWait();
            }
            g.end(0, FinishReason.ABORT, "");
            g.complete();
          };
      Socket socket = server.open(PATH, STREAM);
      BufferedReader in = reader(socket);
      assertTrue(in.readLine().contains("200"));
      ScriptedGeneration generation = server.engine.next();
      socket.close();
      generation.awaitCancel();
    }
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void shouldCutAStalledReaderAndServeTheOthers() throws Exception {
    try (TestServer server = impatient()) {
      server.engine.script =
          g -> {
            g.start();
            // More than the connection holds, though each choice stays below the buffer's limit.
            for (int choice = 0; choice < 16; choice++) {
              g.say(choice, "x".repeat(30_000));
            }
          };
      Socket stalled = server.open(PATH, "{'prompt': 'x', 'stream': true, 'n': 16}");
      server.engine.next().awaitCancel();
      server.engine.script = ScriptedEngine::hello;
      assertEquals("Hello", streamedText(server), "others are served");
      assertTrue(drain(stalled), "the stalled client's connection is closed before [DONE]");
    }
  }

  @Test
  void shouldCutAReaderThatIsSlowerThanTheEngineForLong() throws Exception {
    try (TestServer server = new TestServer()) {
      CountDownLatch enough = new CountDownLatch(1);
      server.engine.script =
          g -> {
            g.start();
            for (int i = 0; i < 100_000 && g.cancelled.getCount() > 0; i++) {
              g.say(0, "0123456789");
            }
            enough.countDown();
          };
      Socket slow = server.open(PATH, STREAM);
      server.engine.next().awaitCancel();
      assertTrue(enough.await(20, TimeUnit.SECONDS), "the engine was never held up");
      server.engine.script = ScriptedEngine::hello;
      assertEquals("Hello", streamedText(server), "others are served");
      assertTrue(drain(slow), "the slow client's connection is closed before [DONE]");
    }
  }

  private static String streamedText(TestServer server) throws Exception {
    StringBuilder text = new StringBuilder();
    server.events(PATH, STREAM).forEach(e -> text.append(e.at("/choices/0/text").asText()));
    return text.toString();
  }

  /** Reads what is left; whether the connection ends, and without the stream's own end. */
  private static boolean drain(Socket socket) {
    StringBuilder text = new StringBuilder();
    try (BufferedReader in = reader(socket)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        text.append(line);
      }
    } catch (IOException expected) {
      // Reset rather than closed: it has ended too.
    }
    return !text.toString().contains("[DONE]");
  }

  @Test
  void shouldWriteHeartbeatsWhileNothingIsProduced() throws Exception {
    try (TestServer server = impatient()) {
      server.engine.script = g -> {};
      try (Socket socket = server.open(PATH, STREAM)) {
        BufferedReader in = reader(socket);
        String line = in.readLine();
        while (!line.equals(": ping")) {
          line = in.readLine();
        }
        ScriptedEngine.hello(server.engine.next());
        while (!line.equals("data: [DONE]")) {
          line = in.readLine();
        }
      }
    }
  }

  @Test
  void shouldAnswerLongAfterTheContainersIdleTimeout() throws Exception {
    try (TestServer server = impatient()) {
      server.engine.script = g -> {};
      var answer =
          server
              .client()
              .sendAsync(
                  server
                      .request(PATH)
                      .header("Content-Type", "application/json")
                      .POST(BodyPublishers.ofString("{\"prompt\": \"x\"}"))
                      .build(),
                  BodyHandlers.ofString());
      ScriptedGeneration generation = server.engine.next();
      // Another stream's heartbeats, 20 ms apart at least, are the clock: twice the idle timeout.
      try (Socket socket = server.open(PATH, STREAM)) {
        BufferedReader in = reader(socket);
        for (int beats = 0; beats < 2 * TestServer.IDLE_MILLIS / 20; ) {
          beats += in.readLine().equals(": ping") ? 1 : 0;
        }
      }
      assertEquals(1, generation.cancelled.getCount());
      ScriptedEngine.hello(generation);
      assertEquals(200, answer.get(20, TimeUnit.SECONDS).statusCode());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void shouldAskForPatienceWhenTheQueueIsFull(String stream) throws Exception {
    try (TestServer server = new TestServer()) {
      server.engine.admission =
          r -> {
            throw new EngineException(
                EngineException.Kind.QUEUE_FULL, "", 7, "64 requests wait, the most");
          };
      HttpResponse<String> response =
          server.post(PATH, "{'prompt': 'x', 'stream': " + stream + "}");
      assertEquals(429, response.statusCode());
      assertEquals("7", response.headers().firstValue("Retry-After").orElse(""));
      assertTrue(response.body().contains("64 requests wait"), response.body());
      assertTrue(response.body().contains("rate_limit_error"));
    }
  }

  @Test
  void shouldCancelTheOtherPromptsWhenOneIsRefused() throws Exception {
    try (TestServer server = new TestServer()) {
      server.engine.script = g -> {};
      server.engine.admission =
          r -> {
            if (server.engine.requests.size() == 3) {
              throw new EngineException(EngineException.Kind.QUEUE_FULL, "", 1, "full");
            }
          };
      assertEquals(429, server.post(PATH, "{'prompt': ['x', 'y', 'z']}").statusCode());
      server.engine.next().awaitCancel();
      server.engine.next().awaitCancel();
    }
  }

  @ParameterizedTest
  @EnumSource(EngineException.Kind.class)
  void shouldAnswerAFailureBeforeTheFirstTokenByItsStatus(EngineException.Kind kind)
      throws Exception {
    int status =
        switch (kind) {
          case INVALID_REQUEST -> 400;
          case QUEUE_FULL -> 429;
          case UNAVAILABLE -> 503;
          case INTERNAL -> 500;
        };
    try (TestServer server = new TestServer()) {
      server.engine.script = g -> g.fail(new EngineException(kind, "prompt", 3, "it broke"));
      for (String body : List.of(STREAM, "{'prompt': 'x'}")) {
        HttpResponse<String> response = server.post(PATH, body);
        assertEquals(status, response.statusCode());
        assertTrue(response.body().contains("it broke"), response.body());
        assertEquals(
            status == 400 ? "" : "3", response.headers().firstValue("Retry-After").orElse(""));
      }
    }
  }

  @Test
  void shouldReportALaterFailureAsAnEvent() throws Exception {
    try (TestServer server = new TestServer()) {
      CountDownLatch read = new CountDownLatch(1);
      server.engine.script =
          g -> {
            g.start();
            g.say(0, "a");
            await(read);
            g.fail(new EngineException(EngineException.Kind.UNAVAILABLE, "", 3, "device lost"));
          };
      try (Socket socket = server.open(PATH, STREAM)) {
        BufferedReader in = reader(socket);
        String line = in.readLine();
        while (!line.startsWith("data:")) {
          line = in.readLine();
        }
        read.countDown();
        List<String> rest = new ArrayList<>();
        for (line = in.readLine(); !line.equals("0"); line = in.readLine()) {
          rest.add(line);
        }
        String event = rest.stream().filter(l -> l.startsWith("data:")).findFirst().orElseThrow();
        JsonNode error = TestServer.parseOne(event.substring(5)).get("error");
        assertEquals("device lost", error.get("message").asText());
        assertFalse(rest.contains("data: [DONE]"));
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldSayLittleAboutABugOfItsOwn() throws Exception {
    try (TestServer server = new TestServer()) {
      server.engine.admission =
          r -> {
            throw new IllegalStateException("secret detail");
          };
      HttpResponse<String> response = server.post(PATH, STREAM);
      assertEquals(500, response.statusCode());
      assertFalse(response.body().contains("secret"), response.body());
      assertTrue(response.body().contains("internal_error"));
    }
  }

  @Test
  void shouldRefuseMoreRequestsThanItHasPlaces() throws Exception {
    Settings one =
        new Settings(Optional.empty(), Set.of(), Duration.ofSeconds(30), Duration.ofSeconds(30), 1);
    try (TestServer server = new TestServer(one)) {
      server.engine.script = g -> {};
      var first =
          server
              .client()
              .sendAsync(
                  server
                      .request(PATH)
                      .header("Content-Type", "application/json")
                      .POST(BodyPublishers.ofString("{\"prompt\": \"x\"}"))
                      .build(),
                  BodyHandlers.ofString());
      ScriptedGeneration generation = server.engine.next();
      HttpResponse<String> second = server.post(PATH, "{'prompt': 'y'}");
      assertEquals(503, second.statusCode());
      assertEquals("1", second.headers().firstValue("Retry-After").orElse(""));
      assertEquals(200, server.get("/health").statusCode(), "health is always answered");
      ScriptedEngine.hello(generation);
      assertEquals(200, first.get(20, TimeUnit.SECONDS).statusCode());
    }
  }

  @Test
  void shouldServeLongPromptsOneAfterTheOther() throws Exception {
    try (TestServer server = new TestServer()) {
      // Longer than what is tokenised freely; more of them than processors, some of them refused.
      String text = " ".repeat(70_000);
      int many = 2 * Runtime.getRuntime().availableProcessors() + 3;
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        String body = (i % 3 == 0 ? "{" : "{\"prompt\": \"x\"}") + text;
        answers.add(
            server
                .client()
                .sendAsync(
                    server
                        .request(PATH)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                    BodyHandlers.ofString()));
      }
      for (int i = 0; i < many; i++) {
        int status = answers.get(i).get(20, TimeUnit.SECONDS).statusCode();
        assertEquals(i % 3 == 0 ? 400 : 200, status);
      }
    }
  }

  @Test
  void shouldServeManyStreamsAtOnce() throws Exception {
    int streams = 100;
    try (TestServer server = new TestServer()) {
      CountDownLatch all = new CountDownLatch(streams);
      server.engine.script =
          g -> {
            g.start();
            g.say(0, g.id());
            all.countDown();
            await(all);
            g.say(0, " done");
            g.end(0, FinishReason.STOP, "");
            g.complete();
          };
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        answers.add(
            server
                .client()
                .sendAsync(
                    server
                        .request(PATH)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"prompt\": \"x\", \"stream\": true}"))
                        .build(),
                    BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        String body = answer.get(40, TimeUnit.SECONDS).body();
        assertTrue(body.endsWith("data: [DONE]\n\n"), body);
        StringBuilder text = new StringBuilder();
        List<JsonNode> events =
            TestServer.parse(body.substring(0, body.length() - "data: [DONE]\n\n".length()));
        events.forEach(e -> text.append(e.at("/choices/0/text").asText()));
        assertEquals(events.getFirst().get("id").asText() + " done", text.toString());
      }
    }
  }
}
