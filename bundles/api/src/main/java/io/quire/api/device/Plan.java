package io.quire.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One model prepared on one device. Steps run in the order of their submission, at most two in
 * flight; everything a step reads from an earlier one (cache blocks, sampled tokens, slots) is in
 * place when it starts. One caller thread.
 *
 * <p>The plan keeps, per slot, the sequence's row of the block table and its sampling state; a
 * {@link StepBatch} carries only what changed.
 */
@ConsumerType
public interface Plan extends AutoCloseable {
  /** {@return the layout of the KV cache} */
  KvLayout kvLayout();

  /** {@return bytes that the device can give to the KV cache now} */
  long kvMemory();

  /**
   * Allocates the KV cache, once, before the first step.
   *
   * @param blocks number of blocks, at least 1
   * @throws DeviceException if the memory is not to be had; the plan can be asked again with fewer
   */
  void allocateKv(int blocks);

  /**
   * Starts a step. The batch belongs to the plan until the step has ended.
   *
   * @param batch what to compute
   * @return the step
   * @throws LostDeviceException if the device has failed
   */
  StepFuture submit(StepBatch batch);

  /** Waits for the steps in flight and frees the device's memory. A second call does nothing. */
  @Override
  void close();
}
