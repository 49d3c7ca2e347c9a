package io.quire.core.engine;

import io.quire.api.device.Plan;

/**
 * A plan that an engine may use from now on.
 *
 * @param device id of its device
 * @param plan the plan, its KV cache allocated
 * @param blocks blocks of that cache
 * @param ended told once, on the engine's thread, that the engine has let go of the plan; closes
 *     nothing and waits for nothing itself
 */
public record LaneOffer(String device, Plan plan, int blocks, Ended ended) {
  /** Told that a lane is over. */
  @FunctionalInterface
  public interface Ended {
    /**
     * The engine does not use the plan any more.
     *
     * @param reason why
     * @param lost whether the device failed, so that the plan may hang when it is closed
     */
    void ended(String reason, boolean lost);
  }
}
