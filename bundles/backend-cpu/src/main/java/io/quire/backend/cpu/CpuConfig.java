package io.quire.backend.cpu;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Configuration PID {@code io.quire.backend.cpu}. */
@ObjectClassDefinition(
    name = "Quire CPU backend",
    description = "The embedded device: models on the cores of this machine")
public @interface CpuConfig {
  /** The configuration's PID. */
  String PID = "io.quire.backend.cpu";

  /**
   * Threads that compute.
   *
   * @return how many; 0 for one per processor
   */
  @AttributeDefinition(
      name = "Threads",
      description = "Threads that compute for each model; 0 for one per available processor",
      min = "0",
      max = "1024",
      required = false)
  int threads() default 0;

  /**
   * Which arithmetic runs.
   *
   * @return {@code auto}, {@code vector} or {@code plain}
   */
  @AttributeDefinition(
      name = "Kernels",
      description =
          "auto takes the Vector API where the JVM has it, vector insists on it, plain never does",
      options = {
        @Option(label = "auto", value = "auto"),
        @Option(label = "vector", value = "vector"),
        @Option(label = "plain", value = "plain")
      },
      required = false)
  String kernels() default "auto";
}
