package io.quire.core.model;

import io.quire.api.device.Device;
import io.quire.api.device.Plan;
import io.quire.core.engine.LaneOffer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;

/** A plan that an engine uses, and what becomes of it afterwards. */
final class LaneHold {
  private static final Logger LOG = System.getLogger(LaneHold.class.getName());

  final Device device;

  /** The device as it was when it was chosen. */
  final Ranked.Entry<Device> entry;

  final LaneOffer offer;

  /** Completed when the engine has let go of the plan: whether the device was lost. */
  final CompletableFuture<Boolean> ended = new CompletableFuture<>();

  /** Completed when the plan is closed. */
  final CompletableFuture<Void> closed = new CompletableFuture<>();

  private boolean closing;

  LaneHold(Ranked.Entry<Device> entry, Plan plan, int blocks, Runnable poke) {
    this.entry = entry;
    device = entry.service();
    this.offer =
        new LaneOffer(
            device.info().id(),
            plan,
            blocks,
            (reason, lost) -> {
              ended.complete(lost);
              poke.run();
            });
  }

  /** Closes the plan on a thread of its own: that of a failed device may never return from it. */
  void close() {
    if (closing) {
      return;
    }
    closing = true;
    Thread.ofPlatform().name("quire-close-" + offer.device()).daemon().start(this::closePlan);
  }

  private void closePlan() {
    try {
      offer.plan().close();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the plan on device " + offer.device() + " did not close cleanly", e);
    } finally {
      closed.complete(null);
    }
  }
}
