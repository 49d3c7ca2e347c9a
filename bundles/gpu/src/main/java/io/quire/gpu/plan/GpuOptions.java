package io.quire.gpu.plan;

/**
 * How devices execute, whatever the model.
 *
 * @param capture whether decode steps are captured and replayed, where the driver can do that
 */
public record GpuOptions(boolean capture) {
  /** What holds where nothing is configured. */
  public static final GpuOptions DEFAULT = new GpuOptions(true);
}
