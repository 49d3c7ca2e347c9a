package io.quire.worker.ring;

import java.lang.foreign.MemorySegment;

/** How a thread sleeps until another process has changed a number in shared memory. */
interface Sleeper {
  /**
   * Sleeps unless the number is another one already. May return early for no reason.
   *
   * @param memory where the number lies
   * @param offset of the number
   * @param value what it was
   * @param nanos how long at most
   */
  void sleep(MemorySegment memory, long offset, int value, long nanos);

  /**
   * Wakes who sleeps.
   *
   * @param memory where the number lies
   * @param offset of the number
   */
  void wake(MemorySegment memory, long offset);
}
