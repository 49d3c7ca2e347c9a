package io.quire.bench.serve;

import static io.quire.bench.serve.TestServer.events;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class OpenAiClientTest {
  private static final String USAGE =
      "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 5, \"completion_tokens\": 3}}\n\n";
  private static final String DONE = "data: [DONE]\n\n";

  @Test
  void shouldTimeEventsWithTextAndTakeTheServersCounts() throws Exception {
    TestServer.Answer answer =
        events(
            textEvent(""),
            textEvent("a"),
            textEvent("b"),
            textEvent("c"),
            ": still here\n\n",
            textEvent(""),
            USAGE,
            DONE);
    Outcome.Done done =
        assertInstanceOf(Outcome.Done.class, generate(answer, Target.COMPLETIONS, 3));
    assertEquals(5, done.promptTokens());
    assertEquals(3, done.outputTokens());
    assertEquals(2, done.gaps().length);
    assertTrue(done.firstText() > 0 && done.latency() >= done.firstText(), done.toString());
    assertEquals((done.latency() - done.firstText()) / 2, done.perToken());
  }

  @Test
  void shouldReadAChat() throws Exception {
    TestServer.Answer answer =
        events(
            "data: {\"choices\": [{\"delta\": {\"role\": \"assistant\"}}]}\n\n",
            "data: {\"choices\": [{\"delta\": {\"content\": \"a\"}}]}\n\n",
            "data: {\"choices\": [{\"delta\": {\"content\": \"b\"}}]}\n\n",
            USAGE,
            DONE);
    Outcome.Done done = assertInstanceOf(Outcome.Done.class, generate(answer, Target.CHAT, 2));
    assertEquals(1, done.gaps().length);
  }

  @Test
  void shouldSendWhatTheServerNeeds() throws Exception {
    try (TestServer server = new TestServer(events(USAGE, DONE))) {
      Outcome.Done done =
          assertInstanceOf(Outcome.Done.class, generate(server, Target.COMPLETIONS, 7));
      assertTrue(Double.isNaN(done.firstText()));
      assertEquals("Bearer sesame", server.keys.getFirst());
      String sent = server.bodies.getFirst();
      assertTrue(sent.startsWith("/v1/completions {"), sent);
      JsonNode body = new ObjectMapper().readTree(sent.substring(sent.indexOf('{')));
      assertEquals("m", body.get("model").asText());
      assertEquals("some words", body.get("prompt").asText());
      assertEquals(7, body.get("max_tokens").asInt());
      assertTrue(body.get("stream").asBoolean());
      assertTrue(body.get("ignore_eos").asBoolean());
      assertTrue(body.get("stream_options").get("include_usage").asBoolean());
    }
  }

  @Test
  void shouldReportRefusals() throws Exception {
    assertFailed(
        "HTTP 503: {\"error\": \"full\"}",
        (exchange, body) -> TestServer.send(exchange, 503, "{\"error\": \"full\"}"));
  }

  @Test
  void shouldReportAnErrorInsideTheStream() throws Exception {
    assertFailed(
        "the server ended the stream: {\"message\":\"lost\"}",
        events(textEvent("a"), "data: {\"error\": {\"message\": \"lost\"}}\n\n", DONE));
  }

  @Test
  void shouldReportAStreamThatEndsEarly() throws Exception {
    assertFailed("the stream was cut: it ended without [DONE]", events(textEvent("a"), USAGE));
    assertFailed(
        "the stream was cut: it ended without [DONE]", events(textEvent("a"), "data: [DO"));
  }

  @Test
  void shouldReportAConnectionThatBreaksInTheStream() throws Exception {
    Outcome.Failed failed =
        assertInstanceOf(
            Outcome.Failed.class,
            generate(
                (exchange, body) -> {
                  byte[] event = textEvent("a").getBytes(StandardCharsets.UTF_8);
                  exchange.sendResponseHeaders(200, event.length + 1000);
                  OutputStream out = exchange.getResponseBody();
                  out.write(event);
                  out.flush();
                },
                Target.COMPLETIONS,
                4));
    assertTrue(failed.reason().startsWith("the stream broke: "), failed.reason());
  }

  @Test
  void shouldReportAMissingUsage() throws Exception {
    Outcome.Failed failed =
        assertInstanceOf(
            Outcome.Failed.class, generate(events(textEvent("a"), DONE), Target.COMPLETIONS, 1));
    assertTrue(failed.reason().startsWith("the server sent no usage"), failed.reason());
  }

  @Test
  void shouldReportAnEventThatIsNotJson() throws Exception {
    Outcome.Failed failed =
        assertInstanceOf(
            Outcome.Failed.class, generate(events("data: {\"a\n\n", DONE), Target.COMPLETIONS, 1));
    assertTrue(failed.reason().startsWith("an event of the server is not JSON"), failed.reason());
  }

  @Test
  void shouldEndAnAnswerThatTakesTooLong() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    TestServer.Answer hangs =
        (exchange, body) -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          out.write(textEvent("a").getBytes(StandardCharsets.UTF_8));
          out.flush();
          awaitLatch(released);
        };
    try (TestServer server = new TestServer(hangs);
        OpenAiClient client = new OpenAiClient(target(server, Target.COMPLETIONS, 1))) {
      assertEquals(
          new Outcome.Failed("the answer was not complete after 1 s"),
          client.generate(TextNode.valueOf("x"), 4));
      released.countDown();
    }
  }

  @Test
  void shouldReportAServerThatIsNotThere() throws Exception {
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    Target target =
        new Target(
            "http://127.0.0.1:" + port,
            Target.COMPLETIONS,
            "m",
            "",
            false,
            0,
            Duration.ofSeconds(9));
    try (OpenAiClient client = new OpenAiClient(target)) {
      Outcome.Failed failed =
          assertInstanceOf(
              Outcome.Failed.class, client.generate(TextNode.valueOf("some words"), 1));
      assertTrue(failed.reason().startsWith("no answer from http://127.0.0.1:"), failed.reason());
    }
  }

  static String textEvent(String text) {
    return "data: {\"choices\": [{\"text\": \"" + text + "\"}]}\n\n";
  }

  private static void assertFailed(String reason, TestServer.Answer answer) throws Exception {
    assertEquals(new Outcome.Failed(reason), generate(answer, Target.COMPLETIONS, 4));
  }

  private static Outcome generate(TestServer.Answer answer, String endpoint, int tokens)
      throws Exception {
    try (TestServer server = new TestServer(answer)) {
      return generate(server, endpoint, tokens);
    }
  }

  private static Outcome generate(TestServer server, String endpoint, int tokens) throws Exception {
    try (OpenAiClient client = new OpenAiClient(target(server, endpoint, 60))) {
      return client.generate(TextNode.valueOf("some words"), tokens);
    }
  }

  private static Target target(TestServer server, String endpoint, int seconds) {
    return new Target(
        server.url() + "/", endpoint, "m", "sesame", true, 0, Duration.ofSeconds(seconds));
  }

  private static void awaitLatch(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
