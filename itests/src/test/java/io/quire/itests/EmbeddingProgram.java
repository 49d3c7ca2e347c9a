package io.quire.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program of docs/howto/embed.md, started by the very commands that stand there. */
final class EmbeddingProgram implements AutoCloseable {
  private static final String COMMANDS = "```sh\ndist=";

  private final Process process;
  private final Path log;
  private final BufferedReader answers;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  private EmbeddingProgram(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
    answers = process.inputReader();
  }

  /**
   * Starts it and waits until the model is served, by the processor, whatever else there is.
   *
   * @param framework the jar of an OSGi framework
   * @param home a folder; what is in its etc/ is applied too
   */
  static EmbeddingProgram start(Path framework, Path home) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path root = Path.of(System.getProperty("quire.itests")).resolve("..");
    String commands =
        commands(root.resolve("docs/howto/embed.md"))
            .replaceFirst("framework=.*", "framework=" + framework)
            .replace("/tmp/embed", home.toString())
            .replace("llama-tiny\\n", "llama-tiny\\ndevice.filter=(driver=cpu)\\n")
            .replace(" 8000", " " + port);
    Path log = home.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", commands)
            .directory(root.toFile())
            .redirectError(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    EmbeddingProgram program = new EmbeddingProgram(builder.start(), log, port);
    program.await("serving tiny");
    return program;
  }

  private static String commands(Path page) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(COMMANDS) + COMMANDS.indexOf('\n') + 1;
    return text.substring(begin, text.indexOf("```", begin));
  }

  /** {@return what it says to a line} */
  String ask(String prompt) throws IOException {
    process.outputWriter().write(prompt + "\n");
    process.outputWriter().flush();
    return await(" at once: ");
  }

  /** {@return the next line with this text} */
  private String await(String text) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      lines.add(line);
      if (line.contains(text)) {
        return line;
      }
    }
    throw new AssertionError("'" + text + "' is not in " + lines + "\n" + log());
  }

  /** {@return what it wrote to standard error} */
  String log() throws IOException {
    return Files.readString(log);
  }

  <T> HttpResponse<T> complete(String body, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/completions"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        handler);
  }

  /** Ends its input, and it. */
  @Override
  public void close() throws IOException {
    http.close();
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    try {
      process.outputWriter().close();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("it does not end:\n" + log());
      }
      if (process.exitValue() != 0) {
        throw new AssertionError("it ended with status " + process.exitValue() + ":\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      all.add(process.toHandle());
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
