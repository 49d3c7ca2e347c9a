package io.quire.worker;

import io.quire.worker.ring.Loss;
import io.quire.worker.ring.Ring;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Watches a child: that it answers, and that the step threads of its plans are alive. What has
 * stopped for too long is lost.
 */
final class Heartbeats implements AutoCloseable {
  /** In the time that a child may be silent it is looked at so often. */
  private static final int LOOKS = 10;

  private final Conversation child;
  private final Duration limit;
  private final Loss loss;
  private final Heartbeat answers = new Heartbeat(LOOKS);
  private final Map<Ring, Heartbeat> steps = new HashMap<>();
  private final ScheduledFuture<?> looking;

  /**
   * Begins to watch.
   *
   * @param child the child
   * @param limit how long it may be silent
   * @param loss told when it has stopped
   * @param clock looks regularly
   */
  Heartbeats(Conversation child, Duration limit, Loss loss, ScheduledExecutorService clock) {
    this.child = child;
    this.limit = limit;
    this.loss = loss;
    long nanos = limit.toNanos() / LOOKS;
    looking = clock.scheduleWithFixedDelay(this::look, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  /** A plan's steps begin. */
  synchronized void add(Ring ring) {
    steps.put(ring, new Heartbeat(LOOKS));
  }

  /** A plan's steps are over; its ring is not looked at any more. */
  synchronized void remove(Ring ring) {
    steps.remove(ring);
  }

  synchronized void look() {
    if (answers.stopped(child.heard())) {
      loss.lose("its worker process has not answered for " + limit.toSeconds() + " s");
      return;
    }
    steps.forEach((ring, heartbeat) -> {
      if (heartbeat.stopped(ring.beats())) {
        loss.lose("a step has hung in its worker process for " + limit.toSeconds() + " s");
      }
    });
    child.ping();
  }

  @Override
  public void close() {
    looking.cancel(false);
  }
}
