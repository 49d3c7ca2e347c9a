package io.quire.worker.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A counter in shared memory with one writer, and one reader that may sleep until it has grown.
 *
 * <p>Both sides write one number and then read the other's: the writer the counter and then whether
 * the reader sleeps, the reader that it sleeps and then the counter. In one total order of these
 * accesses (volatile) at least one of them sees the other, so no wake-up is lost.
 */
final class Bell {
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private final MemorySegment memory;
  private final long counter;
  private final long sleeping;
  private final Sleeper sleeper;
  private final long spinNanos;

  /**
   * Finds a counter.
   *
   * @param memory the ring's
   * @param counter its offset
   * @param sleeper how this side sleeps and wakes the other one
   * @param spinNanos how long it looks before it sleeps
   */
  Bell(MemorySegment memory, long counter, Sleeper sleeper, long spinNanos) {
    this.memory = memory;
    this.counter = counter;
    this.sleeper = sleeper;
    this.spinNanos = spinNanos;
    sleeping = counter + RingLayout.SLEEPER;
  }

  /** {@return the counter; what was written before it grew is visible} */
  int value() {
    return (int) INT.getAcquire(memory, counter);
  }

  /** {@return whether it has grown beyond a number} */
  boolean passed(int number) {
    return value() - number > 0;
  }

  /** Sets the counter, after what it stands for was written, and wakes who waits for it. */
  void set(int value) {
    INT.setVolatile(memory, counter, value);
    wake();
  }

  /** Wakes who waits, to look around. */
  void wake() {
    if ((int) INT.getVolatile(memory, sleeping) != 0) {
      sleeper.wake(memory, counter);
    }
  }

  /**
   * Waits until the counter has grown beyond a number. May return early.
   *
   * @param number the number
   * @param nanos how long at most
   * @return whether it has
   */
  boolean await(int number, long nanos) {
    if (passed(number)) {
      return true;
    }
    if (spinNanos > 0) {
      long begin = System.nanoTime();
      long most = Math.min(nanos, spinNanos);
      do {
        Thread.onSpinWait();
        if (passed(number)) {
          return true;
        }
      } while (System.nanoTime() - begin < most);
    }
    return sleep(number, nanos);
  }

  private boolean sleep(int number, long nanos) {
    INT.setVolatile(memory, sleeping, 1);
    int seen = (int) INT.getVolatile(memory, counter);
    if (seen - number <= 0 && nanos > 0) {
      sleeper.sleep(memory, counter, seen, nanos);
    }
    INT.setOpaque(memory, sleeping, 0);
    return passed(number);
  }
}
