package io.quire.core.engine;

import io.quire.api.engine.FinishReason;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Durations and ends of requests. The output side writes, any thread reads. */
final class Latencies {
  final LatencyHistogram firstToken = new LatencyHistogram(LatencyHistogram.FIRST_TOKEN);
  final LatencyHistogram interToken = new LatencyHistogram(LatencyHistogram.TOKEN);
  final LatencyHistogram endToEnd = new LatencyHistogram(LatencyHistogram.REQUEST);
  final LatencyHistogram queue = new LatencyHistogram(LatencyHistogram.REQUEST);
  final LatencyHistogram prefill = new LatencyHistogram(LatencyHistogram.REQUEST);
  final LatencyHistogram decode = new LatencyHistogram(LatencyHistogram.REQUEST);

  private final AtomicLong stop = new AtomicLong();
  private final AtomicLong length = new AtomicLong();
  private final AtomicLong abort = new AtomicLong();
  private final AtomicLong error = new AtomicLong();

  void error() {
    error.incrementAndGet();
  }

  void finished(FinishReason reason) {
    AtomicLong counter =
        switch (reason) {
          case STOP -> stop;
          case LENGTH -> length;
          case ABORT -> abort;
        };
    counter.incrementAndGet();
  }

  Map<String, Long> finishedByReason() {
    return Map.of(
        "stop", stop.get(), "length", length.get(), "abort", abort.get(), "error", error.get());
  }
}
