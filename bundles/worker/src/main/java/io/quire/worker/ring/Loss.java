package io.quire.worker.ring;

import io.quire.api.device.LostDeviceException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** Whether a device is lost, and why: once for all. Safe for use by several threads. */
public final class Loss {
  private final AtomicReference<Optional<String>> reason = new AtomicReference<>(Optional.empty());
  private final CompletableFuture<String> happened = new CompletableFuture<>();

  private final UnaryOperator<String> describe;

  /**
   * Begins without a loss.
   *
   * @param describe makes a message of what has happened: which device, in which state
   */
  public Loss(UnaryOperator<String> describe) {
    this.describe = describe;
  }

  /**
   * The device is lost; the first reason counts.
   *
   * @param why what has happened
   */
  public void lose(String why) {
    if (isLost()) {
      return;
    }
    String message = describe.apply(why);
    if (reason.compareAndSet(Optional.empty(), Optional.of(message))) {
      happened.complete(message);
    }
  }

  /** {@return completed with the message when the device is lost} */
  public CompletableFuture<String> happened() {
    return happened;
  }

  /** {@return whether it is lost} */
  public boolean isLost() {
    return reason.get().isPresent();
  }

  /**
   * Lets a sound device pass.
   *
   * @throws LostDeviceException if it is lost
   */
  public void check() {
    Optional<String> why = reason.get();
    if (why.isPresent()) {
      throw new LostDeviceException(why.get());
    }
  }
}
