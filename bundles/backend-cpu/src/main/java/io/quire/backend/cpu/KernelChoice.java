package io.quire.backend.cpu;

import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;

/**
 * Which arithmetic runs, and why.
 *
 * @param kernels the implementation
 * @param reason a sentence for the log, with a remedy where something is missing
 * @param degraded whether something faster was wanted and could not be had
 */
record KernelChoice(Kernels kernels, String reason, boolean degraded) {
  static final String MODULE = "jdk.incubator.vector";

  /**
   * Chooses.
   *
   * @param wanted {@code auto}, {@code vector} or {@code plain}
   * @param modules the modules of this JVM
   * @return the choice
   */
  static KernelChoice of(String wanted, ModuleLayer modules) {
    return switch (wanted) {
      case "plain" -> new KernelChoice(new PlainKernels(), "as configured (kernels=plain)", false);
      case "auto", "vector" -> vector(modules);
      default ->
          throw new IllegalArgumentException(
              CpuConfig.PID
                  + ": kernels is '"
                  + wanted
                  + "' but must be auto, vector or plain. The CPU device was not registered.");
    };
  }

  private static KernelChoice vector(ModuleLayer modules) {
    if (modules.findModule(MODULE).isEmpty()) {
      return plain("this JVM runs without the module " + MODULE + "; start it with --add-modules ");
    }
    try {
      return new KernelChoice(new VectorKernels(), "the JVM has the module " + MODULE, false);
    } catch (NoClassDefFoundError e) {
      return plain(
          "the OSGi framework does not hand out the package "
              + MODULE
              + "; add it to org.osgi.framework.system.packages.extra and start with --add-modules ");
    }
  }

  private static KernelChoice plain(String reason) {
    return new KernelChoice(
        new PlainKernels(), reason + MODULE + " for several times the speed", true);
  }
}
