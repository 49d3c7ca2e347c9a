package io.quire.core.engine;

import io.quire.api.engine.Histogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Durations counted by bucket. One thread writes, any thread takes snapshots. */
final class LatencyHistogram {
  /** Upper bounds in seconds, as vLLM's metrics have them, so that dashboards fit. */
  static final double[] FIRST_TOKEN = {
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40,
    80, 160, 640, 2560
  };

  /** Upper bounds in seconds between two tokens. */
  static final double[] TOKEN = {
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
  };

  /** Upper bounds in seconds of a whole request or a phase of it. */
  static final double[] REQUEST = {
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
  };

  private final double[] bounds;
  private final long[] boundNanos;
  private final AtomicLongArray counts;
  private final AtomicLong sumNanos = new AtomicLong();

  LatencyHistogram(double[] bounds) {
    this.bounds = bounds;
    boundNanos = Arrays.stream(bounds).mapToLong(s -> Math.round(s * 1e9)).toArray();
    counts = new AtomicLongArray(bounds.length + 1);
  }

  void record(long nanos) {
    int bucket = 0;
    while (bucket < boundNanos.length && nanos > boundNanos[bucket]) {
      bucket++;
    }
    // One writer: a plain read and an ordered write lose nothing.
    counts.lazySet(bucket, counts.getPlain(bucket) + 1);
    sumNanos.lazySet(sumNanos.getPlain() + nanos);
  }

  Histogram snapshot() {
    List<Long> copy = new ArrayList<>(counts.length());
    for (int i = 0; i < counts.length(); i++) {
      copy.add(counts.get(i));
    }
    return new Histogram(Arrays.stream(bounds).boxed().toList(), copy, sumNanos.get() / 1e9);
  }
}
