package io.quire.api.device;

import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Service: one usable device, in this process or behind it. Registered with the properties named in
 * {@link DeviceInfo}; its leaving ends every lane on it.
 */
@ConsumerType
public interface Device {
  /** {@return what the device is} */
  DeviceInfo info();

  /**
   * Prepares a model: places weights, compiles kernels, plans memory. May take seconds; runs on the
   * caller's thread.
   *
   * @param graph the forward pass
   * @param weights its tensors, which stay valid until the plan is closed
   * @param options sizes that the plan must be able to serve
   * @param progress told how far the preparation is, that of {@link Plan#allocateKv} included
   * @return the plan, without KV memory yet
   * @throws DeviceException if the device cannot run this graph: an unsupported op or type, or too
   *     little memory
   * @throws LostDeviceException if the device has failed
   */
  Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress);

  /** Told how far a long piece of work is. Called from one thread. */
  @FunctionalInterface
  interface Progress {
    /**
     * The state of the work.
     *
     * @param stage what is being done, such as {@code weights}
     * @param done units done
     * @param total units in all, 0 if unknown
     */
    void report(String stage, long done, long total);
  }
}
