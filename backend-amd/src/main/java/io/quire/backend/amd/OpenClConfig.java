package io.quire.backend.amd;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Configuration PID {@code io.quire.backend.amd}. */
@ObjectClassDefinition(
    name = "Quire OpenCL backend",
    description = "AMD's GPUs, and every other device of an OpenCL driver")
public @interface OpenClConfig {
  /** The configuration's PID. */
  String PID = "io.quire.backend.amd";

  /**
   * Whether OpenCL's drivers are loaded.
   *
   * @return false to leave them alone
   */
  @AttributeDefinition(
      name = "Enabled",
      description = "false does not load any OpenCL driver",
      required = false)
  boolean enabled() default true;

  /**
   * How the tile dialect is lowered.
   *
   * @return {@code auto}, or a prelude for all devices: {@code opencl}, {@code cdna}, {@code rdna3}
   */
  @AttributeDefinition(
      name = "Prelude",
      description = "auto takes what is made for a device; anything else is taken for all of them",
      options = {
        @Option(label = "auto", value = "auto"),
        @Option(label = "opencl", value = "opencl"),
        @Option(label = "cdna", value = "cdna"),
        @Option(label = "rdna3", value = "rdna3")
      },
      required = false)
  String prelude() default "auto";
}
