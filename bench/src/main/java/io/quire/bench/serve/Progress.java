package io.quire.bench.serve;

import io.quire.bench.command.Console;
import java.util.Locale;

/** One line on a terminal that says how far the load is. Safe for use by several threads. */
final class Progress {
  private static final long INTERVAL_NANOS = 100_000_000;

  private final Console console;
  private final int total;
  private final long start = System.nanoTime();
  private int done;
  private int failed;
  private long tokens;
  private long shown;

  Progress(Console console, int total) {
    this.console = console;
    this.total = total;
  }

  synchronized void add(Outcome outcome) {
    switch (outcome) {
      case Outcome.Done d -> {
        done++;
        tokens += d.outputTokens();
      }
      case Outcome.Failed f -> failed++;
    }
    long now = System.nanoTime();
    if (console.interactive() && now - shown > INTERVAL_NANOS) {
      shown = now;
      console.err().print("\r\033[K" + line((now - start) / 1e9));
      console.err().flush();
    }
  }

  private String line(double seconds) {
    return String.format(
        Locale.ROOT,
        "%d of %d done, %d failed, %.0f s, %.1f tok/s",
        done,
        total,
        failed,
        seconds,
        tokens / seconds);
  }

  /** Takes the line away. */
  synchronized void end() {
    if (console.interactive()) {
      console.err().print("\r\033[K");
      console.err().flush();
    }
  }
}
