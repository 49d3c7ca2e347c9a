package io.quire.backend.amd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.quire.api.kernel.KernelSource;
import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.testkit.kernel.KernelCase;
import io.quire.testkit.kernel.KernelCaseCheck;
import io.quire.testkit.kernel.KernelCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/**
 * Every kernel on every OpenCL device that is here, against the cases of the test kit. Property
 * {@code quire.kernel} is a regular expression for the files to look at, {@code quire.seed} the
 * number that inputs are made from. Where there are several devices, a case runs on one of them and
 * a kernel on all; with {@code QUIRE_CONTRACT=all} in the environment every case runs everywhere.
 */
class KernelContractTest {
  private static final long SEED = Long.getLong("quire.seed", 0x5157495245L);
  private static final String FILES = System.getProperty("quire.kernel", ".*");

  /** Whether every device takes every case. */
  private static final boolean ALL = "all".equals(System.getenv("QUIRE_CONTRACT"));

  private final KernelCases cases = new KernelCases();
  private final KernelCaseCheck check = new KernelCaseCheck(cases);

  @TestFactory
  Stream<DynamicNode> shouldComputeWhatTheContractSays() {
    List<OpenClDevice> devices = Runtimes.devices("auto");
    return IntStream.range(0, devices.size())
        .mapToObj(
            i -> kernels(devices.get(i), ALL ? new Share(0, 1) : new Share(i, devices.size())));
  }

  /** Compilers of processors are slow, so devices share the cases out among them. */
  private record Share(int turn, int devices) {
    boolean takes(int index, int cases) {
      return cases < devices || index % devices == turn;
    }
  }

  private DynamicNode kernels(OpenClDevice device, Share share) {
    List<DynamicNode> nodes = new ArrayList<>();
    OpenClDriver driver = Runtimes.driver(device);
    for (KernelSource source : KernelTexts.all()) {
      if (source.origin().matches(FILES) && suits(source, device)) {
        nodes.add(
            dynamicContainer(
                source.origin(),
                source.header().dtypes().stream()
                    .flatMap(dtype -> cases(driver, source, dtype, share).stream())));
      }
    }
    nodes.add(dynamicTest("close the driver", driver::close));
    return dynamicContainer(Runtimes.name(device), nodes);
  }

  private List<DynamicNode> cases(
      OpenClDriver driver, KernelSource source, String dtype, Share share) {
    String title = source.origin() + " " + dtype;
    List<KernelCase> all = cases.cases(source.header().op(), dtype, SEED);
    if (all.isEmpty()) {
      return List.of(dynamicTest(title, () -> fail("there is no contract case for " + title)));
    }
    return IntStream.range(0, all.size())
        .filter(i -> share.takes(i, all.size()))
        .mapToObj(all::get)
        .<DynamicNode>map(
            each -> dynamicTest(dtype + ": " + each.name(), () -> run(driver, source, title, each)))
        .toList();
  }

  private static boolean suits(KernelSource source, OpenClDevice device) {
    String filter = source.header().filter();
    try {
      return filter.isEmpty()
          || FrameworkUtil.createFilter(filter).matches(device.info().properties());
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(source.origin() + ": " + e.getMessage(), e);
    }
  }

  private void run(OpenClDriver driver, KernelSource source, String title, KernelCase each) {
    try {
      assertEquals(
          Optional.empty(),
          check.problem(driver, source, each, Map.of()),
          () ->
              title
                  + ", "
                  + each.name()
                  + " on "
                  + driver.info().id()
                  + "; again: mvn -o test -Dtest=KernelContractTest -Dquire.kernel='"
                  + source.origin()
                  + "' -Dquire.seed="
                  + SEED);
    } catch (KernelNotServedException e) {
      assumeTrue(false, title + ", " + each.name() + ": " + e.getMessage());
    }
  }
}
