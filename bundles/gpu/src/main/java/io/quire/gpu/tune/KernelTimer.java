package io.quire.gpu.tune;

import io.quire.api.device.DeviceDriver;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelProgram;
import java.util.Map;
import java.util.Optional;

/** Times a kernel as it is. */
public final class KernelTimer {
  private KernelTimer() {}

  /**
   * Compiles and times a kernel. The time is the median over samples of some launches each, from
   * the first call to the fence behind the last, after launches that warm up.
   *
   * @param driver the device; nothing else runs on it
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   * @param tunables chosen values; those that are missing take the first that hold
   * @param rows tokens, sequences, rows or entries of a launch
   * @param effort how long
   * @return the times; empty if no workload is known for the operation
   * @throws io.quire.api.device.DeviceException if the kernel does not serve the shape or does not
   *     compile, or memory does not suffice
   */
  public static Optional<Timing> time(
      DeviceDriver driver,
      KernelSource source,
      String dtype,
      Map<String, Integer> shape,
      Map<String, Integer> tunables,
      int rows,
      Effort effort) {
    Optional<Workload> work =
        Workloads.of(source.header().op(), dtype, shape, rows, effort.context());
    if (work.isEmpty()) {
      return Optional.empty();
    }
    try (KernelProgram program = KernelProgram.build(driver, source, dtype, shape, tunables);
        Rig rig = new Rig(driver, work.get(), effort, System::nanoTime)) {
      return Optional.of(rig.time(program, Double.MAX_VALUE));
    }
  }
}
