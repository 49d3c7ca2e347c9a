package io.quire.gpu.plan;

/**
 * How devices execute, whatever the model.
 *
 * @param capture whether decode steps are captured and replayed, where the driver can do that
 * @param tuneSeconds how long kernels are tuned while a plan is made; 0: not at all
 */
public record GpuOptions(boolean capture, int tuneSeconds) {
  /** What holds where nothing is configured. */
  public static final GpuOptions DEFAULT = new GpuOptions(true, 0);
}
