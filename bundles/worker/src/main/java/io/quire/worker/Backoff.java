package io.quire.worker;

import java.time.Duration;

/** How long to wait before a process is started again: 1, 2, 4 ... 60 seconds. */
final class Backoff {
  private static final int MOST_SECONDS = 60;

  /** Who lived so long is no hopeless case. */
  private static final Duration GOOD_LIFE = Duration.ofSeconds(60);

  private int failures;
  private int restarts;

  /**
   * A process has ended that should not have.
   *
   * @param life how long it had lived
   * @return how long to wait
   */
  Duration next(Duration life) {
    failures = life.compareTo(GOOD_LIFE) >= 0 ? 1 : failures + 1;
    restarts++;
    return Duration.ofSeconds(Math.min(MOST_SECONDS, 1L << Math.min(failures - 1, 6)));
  }

  /** {@return how many there have been} */
  int restarts() {
    return restarts;
  }
}
