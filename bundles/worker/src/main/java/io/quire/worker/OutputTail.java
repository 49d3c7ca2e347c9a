package io.quire.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** Sends what a child prints to the log, line by line, and keeps the last lines. */
final class OutputTail {
  private static final Logger LOG = System.getLogger(OutputTail.class.getName());
  private static final int KEPT = 20;
  private static final int MOST_CHARACTERS = 2000;

  private final String prefix;
  private final Deque<String> last = new ArrayDeque<>();

  OutputTail(String prefix) {
    this.prefix = prefix;
  }

  /** Reads until the stream ends. */
  void read(InputStream stream) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        take(line.length() <= MOST_CHARACTERS ? line : line.substring(0, MOST_CHARACTERS) + "...");
      }
    } catch (IOException expected) {
      // The process was ended, and its output with it.
    }
  }

  private void take(String line) {
    LOG.log(Level.INFO, "{0}: {1}", prefix, line);
    synchronized (this) {
      last.addLast(line);
      if (last.size() > KEPT) {
        last.removeFirst();
      }
    }
  }

  /** {@return the last lines} */
  synchronized String lines() {
    return String.join(System.lineSeparator(), last);
  }
}
