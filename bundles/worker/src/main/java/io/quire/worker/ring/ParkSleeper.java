package io.quire.worker.ring;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** For systems without a futex: looks again every 50 microseconds. */
final class ParkSleeper implements Sleeper {
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  @Override
  public void sleep(MemorySegment memory, long offset, int value, long nanos) {
    LockSupport.parkNanos(this, Math.min(nanos, POLL_NANOS));
  }

  @Override
  public void wake(MemorySegment memory, long offset) {
    // It wakes up by itself.
  }
}
