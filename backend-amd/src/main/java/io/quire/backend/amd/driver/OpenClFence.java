package io.quire.backend.amd.driver;

import io.quire.api.device.CommandQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;

/**
 * A marker's event. A thread that waits is woken by OpenCL's callback; where that cannot be had, it
 * looks again from time to time. An interrupt does not end the wait, but stays set.
 */
final class OpenClFence implements CommandQueue.Fence {
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private final OpenClDriver driver;
  private final cl_event event;
  private final CountDownLatch woken = new CountDownLatch(1);
  private final int[] status = {CL.CL_QUEUED};
  private final Pointer statusPointer = Pointer.to(status);
  private boolean released;
  private boolean asked;
  private boolean polling;

  OpenClFence(OpenClDriver driver, cl_event event) {
    this.driver = driver;
    this.event = event;
  }

  /** Looks whether it is reached, and if so lets the event go. */
  synchronized boolean settled() {
    if (!released) {
      int result =
          CL.clGetEventInfo(
              event, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, Sizeof.cl_int, statusPointer, null);
      if (result != CL.CL_SUCCESS) {
        status[0] = result;
      }
      if (status[0] <= CL.CL_COMPLETE) {
        release();
      }
    }
    return released;
  }

  /** Lets the event go, whatever its state. */
  synchronized void release() {
    if (!released) {
      released = true;
      CL.clReleaseEvent(event);
    }
    woken.countDown();
  }

  @Override
  public boolean reached() {
    if (!driver.guard.enterToFree()) {
      return true; // The queue has waited for it.
    }
    try {
      return settled();
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public boolean await(long nanos) {
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    try {
      while (!reached()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        interrupted |= pause(left);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    int result = result();
    if (result < 0) {
      driver.guard.checkWork(result, "work on the device");
    }
    return true;
  }

  private synchronized int result() {
    return status[0];
  }

  /** Waits a while or until woken; true if interrupted. */
  private boolean pause(long nanos) {
    if (polls()) {
      LockSupport.parkNanos(this, Math.min(nanos, POLL_NANOS));
      return Thread.interrupted();
    }
    try {
      if (woken.await(nanos, TimeUnit.NANOSECONDS)) {
        poll();
      }
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** Whoever was woken and finds the event still open can only look again. */
  private synchronized void poll() {
    polling = true;
  }

  private synchronized boolean polls() {
    if (!asked && !released && driver.guard.enterToFree()) {
      asked = true;
      try {
        polling =
            CL.clSetEventCallback(event, CL.CL_COMPLETE, (e, code, data) -> woken.countDown(), null)
                != CL.CL_SUCCESS;
      } finally {
        driver.guard.leave();
      }
    }
    return polling;
  }
}
