package io.quire.bench.serve;

import java.util.Arrays;

/** The times of one answer, in nanoseconds of one clock. */
final class Stopwatch {
  private final long start;
  private double[] gaps = new double[64];
  private int count;
  private long first;
  private long lastText;
  private long last;

  Stopwatch(long start) {
    this.start = start;
    this.last = start;
  }

  /**
   * An event with a choice has come.
   *
   * @param now when
   * @param text whether it has text
   */
  void event(long now, boolean text) {
    last = now;
    if (!text) {
      return;
    }
    if (lastText == 0) {
      first = now;
    } else {
      if (count == gaps.length) {
        gaps = Arrays.copyOf(gaps, count * 2);
      }
      gaps[count++] = seconds(now - lastText);
    }
    lastText = now;
  }

  Outcome.Done done(int promptTokens, int outputTokens) {
    return new Outcome.Done(
        lastText == 0 ? Double.NaN : seconds(first - start),
        seconds(last - start),
        Arrays.copyOf(gaps, count),
        promptTokens,
        outputTokens);
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
