package io.quire.core.engine;

import io.quire.api.engine.EngineException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Counts the requests that wait for their first step, and says when to come back if too many do.
 */
final class WaitingLine {
  private static final int MOST_SECONDS = 60;

  /** Weight of the latest gap in the mean: the last ten or so count. */
  private static final double WEIGHT = 0.1;

  private final int most;
  private final LongSupplier clock;
  private final AtomicInteger waiting = new AtomicInteger();
  private long lastStart;
  private volatile double gapSeconds = 1;

  WaitingLine(int most, LongSupplier clock) {
    this.most = most;
    this.clock = clock;
    this.lastStart = clock.getAsLong();
  }

  /** One more waits, or is refused. */
  void enter(String id) {
    if (waiting.incrementAndGet() > most) {
      waiting.decrementAndGet();
      throw new EngineException(
          EngineException.Kind.QUEUE_FULL,
          "",
          retrySeconds(),
          Message.of(
              "request %s was not taken: %d requests wait already, the most that max.queue allows;"
                  + " try again in %d s",
              id, most, retrySeconds()));
    }
  }

  /** One less waits: it has started, or has ended before. Called by the loop alone. */
  void leave() {
    waiting.decrementAndGet();
    long now = clock.getAsLong();
    gapSeconds += WEIGHT * ((now - lastStart) / 1e9 - gapSeconds);
    lastStart = now;
  }

  /** One that entered was refused after all. */
  void withdraw() {
    waiting.decrementAndGet();
  }

  int waiting() {
    return waiting.get();
  }

  /** {@return seconds until about an eighth of the line has moved on, as starts come now} */
  private int retrySeconds() {
    return (int) Math.clamp(Math.ceil(gapSeconds * most / 8), 1, MOST_SECONDS);
  }
}
