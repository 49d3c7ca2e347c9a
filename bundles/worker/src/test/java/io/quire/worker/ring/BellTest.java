package io.quire.worker.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The limit is for a wake-up that was lost. */
@Timeout(60)
class BellTest {
  private static final long LONG = TimeUnit.HOURS.toNanos(1);
  private static final int ROUNDS = 20_000;

  @Test
  void shouldLoseNoWakeUpWithAFutex() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      pingPong(arena, FutexSleeper.of(arena).orElseThrow(), FutexSleeper.of(arena).orElseThrow());
    }
  }

  @Test
  void shouldLoseNoWakeUpWithoutOne() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      pingPong(arena, new ParkSleeper(), new ParkSleeper());
    }
  }

  /** Who sleeps would sleep for an hour if it were not woken. */
  private static void pingPong(Arena arena, Sleeper one, Sleeper other) throws Exception {
    MemorySegment memory = arena.allocate(1024, 128);
    Bell ping = new Bell(memory, 0, one, 0);
    Bell pong = new Bell(memory, 256, other, 0);
    Thread thread =
        Thread.ofPlatform()
            .name("pong")
            .start(() -> {
              for (int i = 0; i < ROUNDS; i++) {
                until(ping, i);
                pong.set(i + 1);
              }
            });
    for (int i = 0; i < ROUNDS; i++) {
      ping.set(i + 1);
      until(pong, i);
    }
    thread.join();
    assertEquals(ROUNDS, ping.value());
    assertEquals(ROUNDS, pong.value());
  }

  private static void until(Bell bell, int number) {
    while (!bell.await(number, LONG)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldNotWaitLongerThanAsked() {
    try (Arena arena = Arena.ofShared()) {
      Bell bell = new Bell(arena.allocate(256, 128), 0, FutexSleeper.of(arena).orElseThrow(), 1000);
      assertFalse(bell.await(0, TimeUnit.MILLISECONDS.toNanos(1)));
      bell.set(1);
      assertTrue(bell.await(0, 0));
      assertFalse(bell.passed(1));
    }
  }

  @Test
  void shouldCountOnOverTheGreatestNumber() {
    try (Arena arena = Arena.ofShared()) {
      Bell bell = new Bell(arena.allocate(256, 128), 0, new ParkSleeper(), 0);
      bell.set(Integer.MAX_VALUE);
      assertTrue(bell.passed(Integer.MAX_VALUE - 1));
      bell.set(Integer.MIN_VALUE);
      assertTrue(bell.passed(Integer.MAX_VALUE));
      assertFalse(bell.passed(Integer.MIN_VALUE));
    }
  }
}
