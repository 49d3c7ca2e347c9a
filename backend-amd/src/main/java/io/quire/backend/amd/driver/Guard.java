package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.backend.amd.opencl.Status;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps calls away from a driver that is closed or lost. OpenCL's handles are pointers: a call with
 * one that was freed ends the process. So every call holds the door open, and closing waits until
 * nobody is inside.
 */
final class Guard {
  private final String device;
  private final Runnable onLoss;
  private final ReentrantReadWriteLock door = new ReentrantReadWriteLock();
  private final AtomicReference<String> loss = new AtomicReference<>("");
  private boolean closed;

  Guard(String device, Runnable onLoss) {
    this.device = device;
    this.onLoss = onLoss;
  }

  /**
   * Begins a call; {@link #leave} ends it.
   *
   * @throws LostDeviceException if the device is lost; then nothing has begun
   * @throws IllegalStateException if the driver is closed; then nothing has begun
   */
  void enter() {
    door.readLock().lock();
    if (!closed && loss.get().isEmpty()) {
      return;
    }
    boolean gone = closed;
    door.readLock().unlock();
    if (gone) {
      throw new IllegalStateException("the driver of device " + device + " is closed");
    }
    throw new LostDeviceException(loss.get());
  }

  /** Begins a call that frees something; {@link #leave} ends it. False if all is freed already. */
  boolean enterToFree() {
    door.readLock().lock();
    if (closed) {
      door.readLock().unlock();
      return false;
    }
    return true;
  }

  void leave() {
    door.readLock().unlock();
  }

  /** Shuts the door for good and then runs the action; only the first call does. */
  void close(Runnable action) {
    door.writeLock().lock();
    try {
      if (!closed) {
        action.run();
        closed = true;
      }
    } finally {
      door.writeLock().unlock();
    }
  }

  boolean lost() {
    return !loss.get().isEmpty();
  }

  /** Remembers that the device is lost and says so. */
  LostDeviceException lose(String why) {
    if (loss.compareAndSet("", "device " + device + " is lost: " + why)) {
      onLoss.run();
    }
    return new LostDeviceException(loss.get());
  }

  /** Lets success pass. */
  void check(int status, String action) {
    if (status != 0) {
      throw failure(status, action);
    }
  }

  /** What a status other than success means. */
  RuntimeException failure(int status, String action) {
    String message = action + " failed with " + Status.name(status);
    return Status.lost(status)
        ? lose(message)
        : new DeviceException("device " + device + ": " + message);
  }

  /** Lets success pass; anything else means that work was not done which others count on. */
  void checkWork(int status, String action) {
    if (status != 0) {
      throw lose(action + " failed with " + Status.name(status));
    }
  }
}
