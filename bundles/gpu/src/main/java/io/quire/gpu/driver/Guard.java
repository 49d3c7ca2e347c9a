package io.quire.gpu.driver;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps calls away from a driver that is closed or lost. Handles of driver interfaces are pointers:
 * a call with one that was freed ends the process. So every call holds the door open, and closing
 * waits until nobody is inside.
 */
public final class Guard {
  private final String device;
  private final ErrorCodes codes;
  private final Runnable onLoss;
  private final ReentrantReadWriteLock door = new ReentrantReadWriteLock();
  private final AtomicReference<String> loss = new AtomicReference<>("");
  private boolean closed;

  /**
   * Opens the door.
   *
   * @param device its identifier, for messages
   * @param codes what error codes mean
   * @param onLoss told once if the device is lost; may be called from any thread
   */
  public Guard(String device, ErrorCodes codes, Runnable onLoss) {
    this.device = device;
    this.codes = codes;
    this.onLoss = onLoss;
  }

  /**
   * Begins a call; {@link #leave} ends it.
   *
   * @throws LostDeviceException if the device is lost; then nothing has begun
   * @throws IllegalStateException if the driver is closed; then nothing has begun
   */
  public void enter() {
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

  /**
   * Begins a call that frees something, or only looks; {@link #leave} ends it.
   *
   * @return false if all is freed already: then nothing has begun
   */
  public boolean enterToFree() {
    door.readLock().lock();
    if (closed) {
      door.readLock().unlock();
      return false;
    }
    return true;
  }

  /** Ends a call. */
  public void leave() {
    door.readLock().unlock();
  }

  /**
   * Shuts the door for good and then runs an action; only the first call does.
   *
   * @param action frees everything
   */
  public void close(Runnable action) {
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

  /** {@return whether the device is lost} */
  public boolean lost() {
    return !loss.get().isEmpty();
  }

  /**
   * Remembers that the device is lost; the first reason stays.
   *
   * @param why the reason
   * @return what to throw
   */
  public LostDeviceException lose(String why) {
    if (loss.compareAndSet("", "device " + device + " is lost: " + why)) {
      onLoss.run();
    }
    return new LostDeviceException(loss.get());
  }

  /**
   * Lets success pass.
   *
   * @param status what a function returned
   * @param action what was tried, for the message
   * @throws DeviceException if it was refused
   * @throws LostDeviceException if the device is lost
   */
  public void check(int status, String action) {
    if (status != 0) {
      throw failure(status, action);
    }
  }

  /**
   * What a status other than success means.
   *
   * @param status what a function returned
   * @param action what was tried, for the message
   * @return a {@link DeviceException} or a {@link LostDeviceException}
   */
  public RuntimeException failure(int status, String action) {
    String message = action + " failed with " + codes.name(status);
    return codes.lost(status)
        ? lose(message)
        : new DeviceException("device " + device + ": " + message);
  }

  /**
   * Lets success pass; anything else means that work was not done which others count on.
   *
   * @param status what a function returned
   * @param action what was tried, for the message
   * @throws LostDeviceException if it was not done
   */
  public void checkWork(int status, String action) {
    if (status != 0) {
      throw lose(action + " failed with " + codes.name(status));
    }
  }
}
