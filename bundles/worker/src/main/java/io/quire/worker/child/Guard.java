package io.quire.worker.child;

import io.quire.worker.SuppressForbidden;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process some seconds after it should have ended: when the parent is gone, or the work is
 * over, and something does not return, such as a native call that hangs.
 */
final class Guard implements AutoCloseable {
  private static final long GRACE_SECONDS = 8;

  private final CompletableFuture<Void> ending = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  private Guard() {}

  static Guard start() {
    Guard guard = new Guard();
    ProcessHandle.current()
        .parent()
        .ifPresent(parent -> parent.onExit().thenRun(() -> guard.ending.complete(null)));
    Thread.ofPlatform().daemon().name("quire-worker-guard").start(guard::watch);
    return guard;
  }

  /** The process should end now. */
  void end() {
    ending.complete(null);
  }

  @SuppressForbidden("a worker must not outlive its parent, whatever hangs in it")
  private void watch() {
    ending.join();
    try {
      if (!ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process ends by itself. */
  @Override
  public void close() {
    ended.countDown();
    ending.complete(null);
  }
}
