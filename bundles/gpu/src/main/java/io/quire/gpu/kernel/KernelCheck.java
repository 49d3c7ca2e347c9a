package io.quire.gpu.kernel;

import io.quire.api.device.DeviceDriver;
import io.quire.api.kernel.KernelSource;
import java.util.Map;
import java.util.Optional;

/** Service: finds out whether a kernel computes on a device what its operation promises. */
public interface KernelCheck {
  /**
   * Compiles the kernel for the contract cases of its operation, runs them and compares.
   *
   * @param driver the device; a queue of its own is used
   * @param source the kernel
   * @param dtype the type to check it for
   * @param tunables values to compile with; those that are missing take their defaults
   * @return why it must not be used: what the compiler says, or which case fails where; empty if it
   *     is right
   */
  Optional<String> problem(
      DeviceDriver driver, KernelSource source, String dtype, Map<String, Integer> tunables);
}
