package io.quire.backend.nvidia;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration PID {@code io.quire.backend.nvidia}. */
@ObjectClassDefinition(name = "Quire CUDA backend", description = "NVIDIA's GPUs")
public @interface CudaConfig {
  /** The configuration's PID. */
  String PID = "io.quire.backend.nvidia";

  /**
   * Whether NVIDIA's driver is loaded.
   *
   * @return false to leave it alone
   */
  @AttributeDefinition(
      name = "Enabled",
      description = "false does not load NVIDIA's driver",
      required = false)
  boolean enabled() default true;

  /**
   * Whether a kernel may begin while the one before it ends, on devices that can do that.
   *
   * @return false to run them one after the other, to compare times or to look for faults
   */
  @AttributeDefinition(
      name = "Overlap",
      description = "false runs kernels strictly one after the other",
      required = false)
  boolean overlap() default true;
}
