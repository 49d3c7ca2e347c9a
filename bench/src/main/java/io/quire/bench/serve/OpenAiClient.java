package io.quire.bench.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Sends requests and reads the streams of their answers. Safe for use by several threads. */
final class OpenAiClient implements AutoCloseable {
  private static final int ERROR_BYTES = 2000;
  private static final String DONE = "[DONE]";

  private final Target target;
  private final ObjectMapper json = new ObjectMapper();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("bench-http-", 0).factory());
  private final ScheduledExecutorService alarm =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("bench-timeout").daemon().factory());
  private final HttpClient http;

  OpenAiClient(Target target) {
    this.target = target;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(30))
            .executor(threads)
            .build();
  }

  /**
   * Asks the server which model it serves.
   *
   * @return the first one's name
   * @throws IOException if the server cannot be asked, or has none
   */
  String firstModel() throws IOException, InterruptedException {
    HttpRequest request = request("/v1/models").timeout(Duration.ofSeconds(30)).GET().build();
    HttpResponse<InputStream> response = send(request);
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException(refusal(response.statusCode(), body));
      }
      byte[] bytes = body.readNBytes(SseReader.MOST_BYTES);
      String model = json.readTree(bytes).path("data").path(0).path("id").asText("");
      if (model.isEmpty()) {
        throw new IOException(target.base() + " serves no model; name one with --model");
      }
      return model;
    }
  }

  /**
   * Sends one request and reads its whole answer.
   *
   * @param prompt the text, or the ids of its tokens
   * @param outputTokens how many tokens are asked for
   * @return how it went; failures are outcomes too
   */
  Outcome generate(JsonNode prompt, int outputTokens) throws InterruptedException {
    try {
      HttpRequest request =
          request(target.endpoint())
              .timeout(target.timeout())
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body(prompt, outputTokens)))
              .build();
      long start = System.nanoTime();
      HttpResponse<InputStream> response = send(request);
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          return new Outcome.Failed(refusal(response.statusCode(), body));
        }
        return readInTime(body, start);
      }
    } catch (JsonProcessingException e) {
      return new Outcome.Failed("an event of the server is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      return new Outcome.Failed(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IOException("no answer from " + request.uri() + ": " + detail, e);
    }
  }

  /** The client's own limit ends with the headers; this one is for the body. */
  private Outcome readInTime(InputStream body, long start) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    long left = target.timeout().toNanos() - (System.nanoTime() - start);
    Future<?> end =
        alarm.schedule(
            () -> {
              late.set(true);
              closeQuietly(body);
            },
            left,
            TimeUnit.NANOSECONDS);
    try {
      Outcome outcome = read(new SseReader(body), start);
      return late.get() ? tooLate() : outcome;
    } catch (IOException e) {
      if (late.get()) {
        return tooLate();
      }
      throw e instanceof JsonProcessingException ? e : new IOException("the stream broke: " + e, e);
    } finally {
      end.cancel(false);
    }
  }

  private Outcome.Failed tooLate() {
    return new Outcome.Failed(
        "the answer was not complete after " + target.timeout().toSeconds() + " s");
  }

  private Outcome read(SseReader events, long start) throws IOException {
    Stopwatch watch = new Stopwatch(start);
    JsonNode usage = json.missingNode();
    for (String data = events.next(); data != null; data = events.next()) {
      long now = System.nanoTime();
      if (data.equals(DONE)) {
        return count(watch, usage);
      }
      JsonNode event = json.readTree(data);
      if (event.hasNonNull("error")) {
        return new Outcome.Failed("the server ended the stream: " + event.get("error"));
      }
      if (event.hasNonNull("usage")) {
        usage = event.get("usage");
      }
      JsonNode choice = event.path("choices").path(0);
      if (!choice.isMissingNode()) {
        watch.event(now, !text(choice).isEmpty() || !choice.path("token_ids").isEmpty());
      }
    }
    return new Outcome.Failed("the stream was cut: it ended without " + DONE);
  }

  private String text(JsonNode choice) {
    JsonNode text = target.chat() ? choice.path("delta").path("content") : choice.path("text");
    return text.asText("");
  }

  private static Outcome count(Stopwatch watch, JsonNode usage) {
    JsonNode prompt = usage.path("prompt_tokens");
    JsonNode output = usage.path("completion_tokens");
    if (!prompt.canConvertToInt() || !output.canConvertToInt()) {
      return new Outcome.Failed(
          "the server sent no usage although stream_options.include_usage asked for it; tokens"
              + " cannot be counted");
    }
    return watch.done(prompt.intValue(), output.intValue());
  }

  private byte[] body(JsonNode prompt, int outputTokens) throws IOException {
    ObjectNode body = json.createObjectNode();
    body.put("model", target.model());
    if (target.chat()) {
      body.putArray("messages").addObject().put("role", "user").set("content", prompt);
      body.put("max_completion_tokens", outputTokens);
    } else {
      body.set("prompt", prompt);
      body.put("max_tokens", outputTokens);
      if (prompt.isArray()) {
        body.put("return_token_ids", true); // their tokens may have no text
      }
    }
    body.put("temperature", target.temperature()).put("stream", true);
    body.putObject("stream_options").put("include_usage", true);
    if (target.ignoreEos()) {
      body.put("ignore_eos", true);
    }
    return json.writeValueAsBytes(body);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(target.uri(path));
    if (!target.apiKey().isEmpty()) {
      builder.header("Authorization", "Bearer " + target.apiKey());
    }
    return builder;
  }

  private static String refusal(int status, InputStream body) throws IOException {
    String text = new String(body.readNBytes(ERROR_BYTES), StandardCharsets.UTF_8).strip();
    return "HTTP " + status + (text.isEmpty() ? "" : ": " + text);
  }

  private static void closeQuietly(InputStream body) {
    try {
      body.close();
    } catch (IOException ignored) {
      // the reader sees the end of the stream, and that is what this is for
    }
  }

  @Override
  public void close() {
    alarm.shutdownNow();
    http.shutdownNow();
    http.close();
    threads.close();
  }
}
