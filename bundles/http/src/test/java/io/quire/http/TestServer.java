package io.quire.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The API in the distribution's Jetty, on a free port, with one scripted model {@code m}. */
final class TestServer implements AutoCloseable {
  static final Settings SETTINGS =
      new Settings(
          Optional.empty(), Set.of(), Duration.ofSeconds(30), Duration.ofSeconds(30), 1000);
  static final int IDLE_MILLIS = 600;
  private static final ObjectMapper JSON = new ObjectMapper();

  final ScriptedEngine engine = new ScriptedEngine("m");
  final List<Engine> engines = new CopyOnWriteArrayList<>(List.of(engine));
  final List<ServedModel> served = new CopyOnWriteArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  TestServer() {
    this(SETTINGS);
  }

  TestServer(Settings settings) {
    AtomicLong random = new AtomicLong(41);
    Api api =
        new Api(
            settings,
            new ModelDirectory(() -> engines, () -> served),
            "1.2.3",
            random::incrementAndGet,
            InstantSource.fixed(Instant.ofEpochSecond(99)));
    ServletContextHandler context = new ServletContextHandler();
    ServletHolder holder = new ServletHolder(new ApiServlet(api));
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/");
    server.setHandler(context);
    connector.setHost("127.0.0.1");
    // Small, so that a client that does not read is noticed soon.
    connector.setAcceptedSendBufferSize(4096);
    // A connection whose write is stuck is closed by the container's own timeout.
    connector.setIdleTimeout(IDLE_MILLIS);
    server.addConnector(connector);
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private final transient Api api;

    ApiServlet(Api api) {
      this.api = api;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) {
      api.accept(request, response);
    }
  }

  int port() {
    return connector.getLocalPort();
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path).build());
  }

  /** Posts JSON in which apostrophes stand for quotation marks. */
  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.replace('\'', '"')))
            .build());
  }

  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  HttpClient client() {
    return client;
  }

  /** Posts and parses the answer, which must be good. */
  JsonNode json(String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = post(path, body);
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return JSON.readTree(response.body());
  }

  /** Posts and parses the events, the last of which must be {@code [DONE]}. */
  List<JsonNode> events(String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = post(path, body);
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!type.toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
      throw new AssertionError(type + " " + response.body());
    }
    String end = "data: [DONE]\n\n";
    if (!response.body().endsWith(end)) {
      throw new AssertionError("no end: " + response.body());
    }
    return parse(response.body().substring(0, response.body().length() - end.length()));
  }

  /** Fills the places of a text, marked by {@code %s}. */
  static String fill(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }

  static List<JsonNode> parse(String stream) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (String event : stream.split("\n\n")) {
      if (event.startsWith("data: ")) {
        events.add(JSON.readTree(event.substring(6)));
      } else if (!event.startsWith(":") && !event.isEmpty()) {
        throw new AssertionError("not an event: " + event);
      }
    }
    return events;
  }

  static JsonNode parseOne(String text) throws IOException {
    return JSON.readTree(text);
  }

  /** Sends a request over a socket of its own, which the test reads, or does not, or closes. */
  Socket open(String path, String body) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress("127.0.0.1", port()));
    byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    return socket;
  }

  @Override
  public void close() {
    client.shutdownNow();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
