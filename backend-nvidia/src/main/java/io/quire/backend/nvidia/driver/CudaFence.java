package io.quire.backend.nvidia.driver;

import io.quire.api.device.CommandQueue;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An event behind some work. A thread that waits looks again and again for a moment, as long as a
 * short step may take; after that it sleeps between looks, longer the longer it has waited. An
 * interrupt does not end the wait, but stays set.
 */
final class CudaFence implements CommandQueue.Fence {
  private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LEAST_SLEEP_NANOS = TimeUnit.MICROSECONDS.toNanos(10);
  private static final long MOST_SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** A sleep is this part of the time waited so far: that is what a wait may take too long. */
  private static final int SLEEP_PART = 128;

  private final CudaDriver driver;
  private final EventPool events;
  private final Cuda.Event event;
  private int status = CudaStatus.NOT_READY;

  CudaFence(CudaDriver driver, EventPool events, Cuda.Event event) {
    this.driver = driver;
    this.events = events;
    this.event = event;
  }

  /** Looks whether it is reached, and if so lets the event go. The context is current. */
  synchronized boolean settled() {
    if (status == CudaStatus.NOT_READY) {
      status = driver.cuda.query(event);
      if (status != CudaStatus.NOT_READY) {
        events.giveBack(event);
      }
    }
    return status != CudaStatus.NOT_READY;
  }

  @Override
  public boolean reached() {
    if (!driver.guard.enterToFree()) {
      return true; // The queue has waited for it.
    }
    try {
      driver.prepareToFree();
      return settled();
    } finally {
      driver.leave();
    }
  }

  @Override
  public boolean await(long nanos) {
    long begin = System.nanoTime();
    boolean interrupted = false;
    try {
      while (!reached()) {
        long waited = System.nanoTime() - begin;
        if (waited >= nanos) {
          return false;
        }
        interrupted |= pause(waited, nanos - waited);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    int result = result();
    if (result != CudaStatus.SUCCESS && result != CudaStatus.NOT_READY) {
      driver.guard.checkWork(result, "work on the device");
    }
    return true;
  }

  /** As seen by a thread that has just found it reached; a closed driver has waited for it. */
  private synchronized int result() {
    return status;
  }

  /** Waits a little; true if interrupted. */
  private boolean pause(long waited, long left) {
    if (waited < SPIN_NANOS) {
      Thread.onSpinWait();
      return false;
    }
    long sleep = Math.clamp(waited / SLEEP_PART, LEAST_SLEEP_NANOS, MOST_SLEEP_NANOS);
    LockSupport.parkNanos(this, Math.min(left, sleep));
    return Thread.interrupted();
  }
}
