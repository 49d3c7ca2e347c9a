package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a child counts as dead, and when it is tried again; time is what the test says it is. */
class LivenessTest {
  @Test
  void shouldTakeSilenceForDeathOnlyAfterItsTime() {
    Heartbeat heartbeat = new Heartbeat(3);
    assertFalse(heartbeat.stopped(1));
    assertFalse(heartbeat.stopped(1));
    assertFalse(heartbeat.stopped(1));
    assertFalse(heartbeat.stopped(1));
    assertTrue(heartbeat.stopped(1));
  }

  @Test
  void shouldForgiveSilenceThatEnds() {
    Heartbeat heartbeat = new Heartbeat(1);
    for (int count = 0; count < 10; count++) {
      assertFalse(heartbeat.stopped(count / 2), "look " + count);
    }
  }

  @Test
  void shouldNoticeWhoNeverBegins() {
    Heartbeat heartbeat = new Heartbeat(1);
    assertFalse(heartbeat.stopped(0));
    assertFalse(heartbeat.stopped(0));
    assertTrue(heartbeat.stopped(0));
  }

  @Test
  void shouldWaitLongerAfterEachFailure() {
    Backoff backoff = new Backoff();
    List<Long> seconds = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      seconds.add(backoff.next(Duration.ofSeconds(2)).toSeconds());
    }
    assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L), seconds);
    assertEquals(1, backoff.next(Duration.ofMinutes(5)).toSeconds(), "it had lived long");
    assertEquals(2, backoff.next(Duration.ofSeconds(2)).toSeconds());
    assertEquals(11, backoff.restarts());
  }
}
