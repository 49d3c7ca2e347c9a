package io.quire.tools.compile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs other programs, and lists folders. */
final class Programs {
  private static final long LIMIT_MINUTES = 10;

  private Programs() {}

  /**
   * What a program left behind.
   *
   * @param status its exit status
   * @param output both its outputs
   */
  record Outcome(int status, String output) {}

  /** The folders and files in a folder, sorted; none if there is no such folder. */
  static List<Path> children(Path folder) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
        stream.forEach(found::add);
      } catch (IOException unreadable) {
        return List.of();
      }
    }
    found.sort(null);
    return found;
  }

  /** Runs a program to its end; one that takes longer than ten minutes is ended. */
  static Outcome run(List<String> command, Path folder, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("quire-kernels", ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
          return new Outcome(
              -1, command.getFirst() + " was ended after " + LIMIT_MINUTES + " minutes");
        }
        String output = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        return new Outcome(process.exitValue(), output);
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.deleteIfExists(log);
    }
  }
}
