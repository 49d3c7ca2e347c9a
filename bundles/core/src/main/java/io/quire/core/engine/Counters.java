package io.quire.core.engine;

import java.util.concurrent.atomic.AtomicLong;

/** What the loop has done since it started. The loop writes, any thread reads. */
final class Counters {
  final Count steps = new Count();
  final Count promptTokens = new Count();
  final Count generatedTokens = new Count();
  final Count preemptions = new Count();

  /** A number with one writer, so that adding needs no atomic instruction. */
  static final class Count {
    private final AtomicLong value = new AtomicLong();

    void add(long more) {
      value.lazySet(value.getPlain() + more);
    }

    long get() {
      return value.get();
    }
  }
}
