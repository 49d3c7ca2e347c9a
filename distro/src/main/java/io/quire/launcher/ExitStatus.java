package io.quire.launcher;

import java.io.IOException;
import java.io.PrintStream;

/** Turns what a command does, or throws, into the status of the process. */
final class ExitStatus {
  private ExitStatus() {}

  /** A command. */
  @FunctionalInterface
  interface Command {
    int run() throws IOException, InterruptedException;
  }

  static int of(PrintStream err, Command command) {
    try {
      return command.run();
    } catch (UsageException e) {
      err.println("quire: " + e.getMessage());
      return 2;
    } catch (IOException e) {
      err.println("quire: " + e);
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }
}
