package io.quire.testkit.kernel;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Runs cases of one kernel one by one; each shape is compiled once. */
public final class CaseSeries implements AutoCloseable {
  private final DeviceDriver driver;
  private final KernelSource source;
  private final Map<String, Integer> tunables;
  private final Map<Object, Built> built = new HashMap<>();
  private final CaseRun run;

  /** What came of compiling for a shape. */
  private sealed interface Built {
    record Done(KernelProgram program) implements Built {}

    record NotServed(String reason) implements Built {}

    record Failed(String reason) implements Built {}
  }

  /**
   * Begins a series.
   *
   * @param driver the device; a queue of its own is used
   * @param source the kernel
   * @param tunables values to compile with; those that are missing take the first that hold
   */
  public CaseSeries(DeviceDriver driver, KernelSource source, Map<String, Integer> tunables) {
    this(driver, source, tunables, false);
  }

  /**
   * Begins a series, perhaps without the bytes behind every buffer that a kernel must not change.
   *
   * @param driver the device; a queue of its own is used
   * @param source the kernel
   * @param tunables values to compile with; those that are missing take the first that hold
   * @param exact whether buffers end where their contents do, for a tool that watches accesses
   */
  public CaseSeries(
      DeviceDriver driver, KernelSource source, Map<String, Integer> tunables, boolean exact) {
    this.driver = driver;
    this.source = source;
    this.tunables = Map.copyOf(tunables);
    run = new CaseRun(driver, exact ? 0 : CaseRun.GUARD);
  }

  /**
   * Runs a case.
   *
   * @param each a case of the kernel's operation
   * @return what is wrong: what the compiler says, or what came out; empty if nothing
   * @throws KernelNotServedException if the kernel does not serve the case's shape
   * @throws LostDeviceException if the device failed
   */
  public Optional<String> problem(KernelCase each) {
    String shape = each.dtype() + each.shape();
    return switch (built.computeIfAbsent(shape, key -> build(each))) {
      case Built.Done(var program) -> result(program, each);
      case Built.NotServed(var reason) -> throw new KernelNotServedException(reason);
      case Built.Failed(var reason) -> Optional.of("case " + each.name() + ": " + reason);
    };
  }

  private Built build(KernelCase each) {
    try {
      return new Built.Done(
          KernelProgram.build(driver, source, each.dtype(), each.shape(), tunables));
    } catch (KernelNotServedException e) {
      return new Built.NotServed(e.getMessage());
    } catch (LostDeviceException e) {
      throw e;
    } catch (DeviceException e) {
      return new Built.Failed(String.valueOf(e.getMessage()));
    }
  }

  private Optional<String> result(KernelProgram program, KernelCase each) {
    try {
      return run.problem(program, each);
    } catch (LostDeviceException e) {
      throw e;
    } catch (DeviceException e) {
      return Optional.of("case " + each.name() + ": " + e.getMessage());
    }
  }

  @Override
  public void close() {
    try {
      built
          .values()
          .forEach(each -> {
            if (each instanceof Built.Done(var program)) {
              program.close();
            }
          });
    } finally {
      run.close();
    }
  }
}
