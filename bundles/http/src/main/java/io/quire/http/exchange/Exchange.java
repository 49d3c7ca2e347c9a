package io.quire.http.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A request and its response. Its own virtual thread reads and writes, blocking; the {@link
 * ClientWatch} ends it from outside if the client goes away or stalls.
 */
public final class Exchange {
  private static final System.Logger LOG = System.getLogger(Exchange.class.getName());

  /** A client that takes this much has not stalled. */
  private static final int SLICE_BYTES = 16 << 10;

  /** The table is not read in one go: a row may be missed now and then. */
  private static final int ABSENCES = 3;

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final AsyncContext async;
  private final ClientWatch watch;
  private final Duration stall;
  private final String id;
  private final Socket socket;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean gone = new AtomicBoolean();
  private final AtomicReference<Runnable> working = new AtomicReference<>(() -> {});
  private volatile Runnable whenGone = () -> {};
  private volatile long writeStart;
  private volatile boolean writing;
  private volatile String condemned = "";
  private boolean seen;
  private int absences;

  /** The keys of the connection in the {@link SocketTable}, for either kind of server socket. */
  private record Socket(String plain, String mapped) {}

  /**
   * Takes a request over: the container's thread is free afterwards.
   *
   * @param request the request
   * @param response its response
   * @param watch looks after the client
   * @param stall how long the client may accept no byte
   * @param id for logs and the client
   */
  public Exchange(
      HttpServletRequest request,
      HttpServletResponse response,
      ClientWatch watch,
      Duration stall,
      String id) {
    this.request = request;
    this.response = response;
    this.watch = watch;
    this.stall = stall;
    this.id = id;
    this.socket = socket(request);
    this.async = request.startAsync(request, response);
    async.setTimeout(0);
    async.addListener(new Errors());
    response.setHeader("x-request-id", id);
    watch.add(this);
  }

  /** {@return the request's id} */
  public String id() {
    return id;
  }

  /** {@return GET, POST, ...} */
  public String method() {
    return request.getMethod();
  }

  /** {@return the path, still percent-encoded} */
  public String path() {
    return request.getRequestURI().substring(request.getContextPath().length());
  }

  /**
   * A request header.
   *
   * @param name its name
   * @return its value, empty if it is not there
   */
  public String header(String name) {
    return Optional.ofNullable(request.getHeader(name)).orElse("");
  }

  /**
   * Reads the body.
   *
   * @param bodies reads it
   * @return its object
   * @throws ApiException if it is no JSON, too long, or exceeds another limit
   * @throws IOException if the client goes away
   */
  public ObjectNode body(Bodies bodies) throws IOException {
    String type = header("Content-Type").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (!type.equals("application/json")) {
      throw ApiException.refused(
          415,
          "unsupported_media_type",
          "the body's Content-Type is '" + type + "' but must be application/json");
    }
    if (!header("Content-Encoding").isEmpty()) {
      throw ApiException.refused(
          415,
          "unsupported_media_type",
          "the body has a Content-Encoding, but only plain JSON is read; send it uncompressed");
    }
    try (InputStream in = request.getInputStream()) {
      Bodies.Body body = bodies.read(in);
      working.set(body.worked());
      return body.object();
    }
  }

  /** Says that the body has been worked on, and what follows is waiting. No effect if repeated. */
  public void worked() {
    working.getAndSet(() -> {}).run();
  }

  /**
   * Says what happens when the client goes away. Runs at once if it already has.
   *
   * @param action called on another thread, or on this one; possibly twice
   */
  public void whenGone(Runnable action) {
    whenGone = action;
    if (gone.get()) {
      action.run();
    }
  }

  /**
   * Answers.
   *
   * @param status the status
   * @param body the body
   * @throws IOException if the client goes away
   */
  public void send(int status, JsonNode body) throws IOException {
    send(status, "application/json", Json.bytes(body));
  }

  /**
   * Answers with an error: by its status, or by an event if the answer has begun.
   *
   * @param e the error
   * @throws IOException if the client goes away
   */
  public void fail(ApiException e) throws IOException {
    if (response.isCommitted()) {
      write(("data: " + Json.text(Json.error(e)) + "\n\n").getBytes(StandardCharsets.UTF_8));
      return;
    }
    response.resetBuffer();
    if (e.retryAfterSeconds() > 0) {
      response.setHeader("Retry-After", Integer.toString(e.retryAfterSeconds()));
    }
    if (e.status() == 401) {
      response.setHeader("WWW-Authenticate", "Bearer");
    }
    send(e.status(), Json.error(e));
  }

  /**
   * Answers without a body.
   *
   * @param status the status
   */
  public void send(int status) {
    response.setStatus(status);
    response.setContentLength(0);
  }

  private void send(int status, String type, byte[] body) throws IOException {
    response.setStatus(status);
    response.setContentType(type);
    response.setContentLength(body.length);
    write(body);
  }

  /**
   * Sets a response header.
   *
   * @param name its name
   * @param value its value
   */
  public void header(String name, String value) {
    response.setHeader(name, value);
  }

  /** Makes the response a stream of events; nothing is sent yet. */
  public void beginEvents() {
    response.setStatus(200);
    response.setContentType("text/event-stream");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-cache");
    // Asks nginx not to collect the events.
    response.setHeader("X-Accel-Buffering", "no");
  }

  /**
   * Sends bytes; waits until the client's connection takes them.
   *
   * @param bytes the bytes
   * @throws IOException if the client goes away or stalls
   */
  public void write(byte[] bytes) throws IOException {
    worked();
    OutputStream out = response.getOutputStream();
    try {
      for (int from = 0; from < bytes.length; from += SLICE_BYTES) {
        writeStart = System.nanoTime();
        writing = true;
        out.write(bytes, from, Math.min(SLICE_BYTES, bytes.length - from));
      }
      out.flush();
    } finally {
      writing = false;
    }
  }

  /**
   * Has the client cut off soon, from another thread. Does not block.
   *
   * @param reason why
   */
  public void condemn(String reason) {
    condemned = reason;
  }

  /** Ends it. No effect if it has ended. */
  public void end() {
    worked();
    watch.remove(this);
    if (ended.compareAndSet(false, true)) {
      async.complete();
    }
  }

  /** Called by the watch. */
  void look(Map<String, Boolean> table) {
    boolean stalled = writing && System.nanoTime() - writeStart > stall.toNanos();
    String reason =
        stalled ? "the client accepted no byte for " + stall.toMillis() + " ms" : condemned;
    if (!reason.isEmpty()) {
      LOG.log(System.Logger.Level.DEBUG, () -> id + " is cut off: " + reason);
      leave();
      // To complete while a write is blocked makes Jetty drop the connection, though not before
      // its own idle timeout fails that write. Until then it holds one write's bytes, no more.
      end();
    } else if (!table.isEmpty() && disconnected(table)) {
      LOG.log(System.Logger.Level.DEBUG, () -> id + ": the client has gone");
      leave();
    }
  }

  private boolean disconnected(Map<String, Boolean> table) {
    Boolean established = table.get(socket.plain());
    if (established == null) {
      established = table.get(socket.mapped());
    }
    if (established == null) {
      // Never seen: the address is not the connection's own, such as a proxy's report of it.
      absences++;
      return seen && absences >= ABSENCES;
    }
    seen = true;
    absences = 0;
    return !established;
  }

  private void leave() {
    if (gone.compareAndSet(false, true)) {
      whenGone.run();
    }
  }

  private static Socket socket(HttpServletRequest request) {
    String address = Optional.ofNullable(request.getRemoteAddr()).orElse("");
    try {
      InetAddress remote = InetAddress.ofLiteral(address.replaceAll("[\\[\\]]", ""));
      int port = request.getRemotePort();
      return new Socket(
          SocketTable.key(remote, port, request.getLocalPort(), false),
          SocketTable.key(remote, port, request.getLocalPort(), true));
    } catch (IllegalArgumentException ignored) {
      // Not a TCP connection, such as one over a Unix-domain socket.
      return new Socket("", "");
    }
  }

  /** What the container itself finds out: a reset HTTP/2 stream, a failed connection. */
  private final class Errors implements AsyncListener {
    @Override
    public void onError(AsyncEvent event) {
      leave();
      end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      leave();
      end();
    }

    @Override
    public void onComplete(AsyncEvent event) {
      leave();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}
