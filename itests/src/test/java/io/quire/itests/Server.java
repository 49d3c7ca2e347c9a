package io.quire.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The distribution as a person starts it: a process of its own, spoken to over HTTP. */
final class Server implements AutoCloseable {
  private static final long LIMIT_SECONDS = 120;

  private final Process process;
  private final int port;
  private final List<String> output = new ArrayList<>();
  private final CompletableFuture<String> serving = new CompletableFuture<>();
  private final HttpClient http = HttpClient.newHttpClient();

  private Server(Process process, int port) {
    this.process = process;
    this.port = port;
    Thread.ofPlatform().daemon().name("server-output").start(this::readOutput);
  }

  /** Starts {@code quire serve} on a free port and waits until the model is served. */
  static Server start(String... arguments) throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(List.of(script(), "serve", "--port", String.valueOf(port)));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Server server = new Server(process, port);
    server.serving.get(90, TimeUnit.SECONDS);
    return server;
  }

  static String script() {
    return Distribution.home().resolve("quire").toAbsolutePath().toString();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  Process process() {
    return process;
  }

  synchronized String output() {
    return String.join("\n", output);
  }

  /** {@return the first line with a text, when it is there, after the given number of lines} */
  synchronized String await(String text, int after) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (true) {
      Optional<String> found =
          output.stream().skip(after).filter(line -> line.contains(text)).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError("the server has not said '" + text + "':\n" + output());
      }
      wait(left);
    }
  }

  /** {@return how many lines there are} */
  synchronized int lines() {
    return output.size();
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url() + path)).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    return http.send(postRequest(path, body, headers), BodyHandlers.ofString());
  }

  /** {@return the response with its lines as they come} */
  HttpResponse<java.util.stream.Stream<String>> stream(String path, String body)
      throws IOException, InterruptedException {
    return http.send(postRequest(path, body), BodyHandlers.ofLines());
  }

  private HttpRequest postRequest(String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return (headers.length == 0 ? request : request.headers(headers)).build();
  }

  /** Runs a program against the server and returns what it printed; a status other than 0 fails. */
  static String run(Path directory, List<String> command, String... environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    for (int i = 0; i < environment.length; i += 2) {
      builder.environment().put(environment[i], environment[i + 1]);
    }
    Path output = Files.createTempFile("quire-it", ".txt");
    Process process = builder.redirectOutput(output.toFile()).start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    String text = Files.readString(output);
    Files.delete(output);
    if (!ended || process.exitValue() != 0) {
      String how =
          ended
              ? "ended with status " + process.exitValue()
              : "did not end within " + LIMIT_SECONDS + " s";
      throw new AssertionError(command + " " + how + ":\n" + text);
    }
    return text;
  }

  private void readOutput() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (this) {
          output.add(line);
          notifyAll();
        }
        if (line.startsWith("serving ")) {
          serving.complete(line);
        }
      }
      serving.completeExceptionally(
          new AssertionError("the server ended before it served:\n" + output()));
    } catch (IOException e) {
      serving.completeExceptionally(e); // the process was ended from here: its stream is closed
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    http.close();
  }
}
