package io.quire.gpu;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration PID {@code io.quire.gpu}. */
@ObjectClassDefinition(
    name = "Quire GPU executor",
    description = "How models run on GPUs, whoever made them")
public @interface GpuConfig {
  /** The configuration's PID. */
  String PID = "io.quire.gpu";

  /**
   * Whether decode steps are captured and replayed.
   *
   * @return false to launch every kernel of every step, to compare or to look for faults
   */
  @AttributeDefinition(
      name = "Capture",
      description =
          "true replays decode steps as graphs where the driver can; false launches every kernel",
      required = false)
  boolean capture() default true;

  /**
   * How long kernels are tuned while a model is prepared. What is found is kept, so that only the
   * first start takes longer.
   *
   * @return seconds, 0 to 3600; 0 takes what is known and what kernels say themselves
   */
  @AttributeDefinition(
      name = "Tune",
      description =
          "seconds for tuning kernels of a model that is new to the device; results are kept; 0:"
              + " none",
      min = "0",
      max = "3600",
      required = false)
  int tune_seconds() default 0;
}
