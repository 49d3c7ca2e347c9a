package io.quire.testkit.kernel;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Checks kernels by running the contract cases of their operations. */
@Component(service = KernelCheck.class)
public final class KernelCaseCheck implements KernelCheck {
  private static final long SEED = 0x5157495245L;

  private final CaseSource cases;

  /** Takes all the cases of this bundle. */
  @Activate
  public KernelCaseCheck() {
    this(new KernelCases());
  }

  /**
   * Takes some cases.
   *
   * @param cases what to run
   */
  public KernelCaseCheck(CaseSource cases) {
    this.cases = cases;
  }

  @Override
  public Optional<String> problem(
      DeviceDriver driver, KernelSource source, String dtype, Map<String, Integer> tunables) {
    String op = source.header().op();
    List<KernelCase> all = cases.cases(op, dtype, SEED);
    if (all.isEmpty()) {
      return Optional.of("there is no contract case for " + op + " in " + dtype);
    }
    Map<Map<String, Integer>, Optional<KernelProgram>> programs = new HashMap<>();
    try (CaseRun run = new CaseRun(driver, CaseRun.GUARD)) {
      int served = 0;
      for (KernelCase each : all) {
        Optional<KernelProgram> program =
            programs.computeIfAbsent(
                each.shape(), shape -> build(driver, source, dtype, shape, tunables));
        if (program.isEmpty()) {
          continue;
        }
        served++;
        Optional<String> problem = run.problem(program.get(), each);
        if (problem.isPresent()) {
          return problem;
        }
      }
      return served > 0
          ? Optional.empty()
          : Optional.of("it serves none of the " + all.size() + " contract cases of " + op);
    } catch (DeviceException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } finally {
      programs.values().forEach(program -> program.ifPresent(KernelProgram::close));
    }
  }

  /**
   * Runs one case.
   *
   * @param driver the device
   * @param source the kernel
   * @param each a case of its operation
   * @param tunables values to compile with; those that are missing take their defaults
   * @return what is wrong, empty if nothing
   * @throws KernelNotServedException if the kernel does not serve the case's shape
   * @throws DeviceException if it does not compile or lacks an argument
   */
  public Optional<String> problem(
      DeviceDriver driver, KernelSource source, KernelCase each, Map<String, Integer> tunables) {
    try (KernelProgram program =
            KernelProgram.build(driver, source, each.dtype(), each.shape(), tunables);
        CaseRun run = new CaseRun(driver, CaseRun.GUARD)) {
      return run.problem(program, each);
    }
  }

  private static Optional<KernelProgram> build(
      DeviceDriver driver,
      KernelSource source,
      String dtype,
      Map<String, Integer> shape,
      Map<String, Integer> tunables) {
    try {
      return Optional.of(KernelProgram.build(driver, source, dtype, shape, tunables));
    } catch (KernelNotServedException notThisShape) {
      return Optional.empty();
    }
  }
}
