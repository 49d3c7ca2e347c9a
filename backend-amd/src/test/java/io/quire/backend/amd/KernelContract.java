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
import io.quire.testkit.kernel.CaseSeries;
import io.quire.testkit.kernel.KernelCase;
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
 * Every kernel on every device of one OpenCL runtime, against the cases of the test kit. Property
 * {@code quire.kernel} is a regular expression for the files to look at, {@code quire.seed} the
 * number that inputs are made from. Compilers of processors are slow, so the runtimes share the
 * cases out among them; with {@code QUIRE_CONTRACT=all} in the environment each takes all.
 */
abstract class KernelContract {
  private static final long SEED = Long.getLong("quire.seed", 0x5157495245L);
  private static final String FILES = System.getProperty("quire.kernel", ".*");
  private static final boolean ALL = "all".equals(System.getenv("QUIRE_CONTRACT"));

  private final KernelCases cases = new KernelCases();

  /** Whether a runtime, named as {@link Runtimes#name} does, is tested here. */
  abstract boolean tests(String runtime);

  @TestFactory
  Stream<DynamicNode> shouldComputeWhatTheContractSays() {
    List<OpenClDevice> devices = Runtimes.devices("auto");
    return IntStream.range(0, devices.size())
        .filter(i -> tests(Runtimes.name(devices.get(i))))
        .mapToObj(
            i -> kernels(devices.get(i), ALL ? new Share(0, 1) : new Share(i, devices.size())));
  }

  /** Which of the cases a device takes. */
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
    CaseSeries series = new CaseSeries(driver, source, Map.of());
    List<DynamicNode> nodes = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      KernelCase each = all.get(i);
      if (share.takes(i, all.size())) {
        String name = dtype + ": " + each.name();
        nodes.add(dynamicTest(name, () -> run(driver, series, source, each)));
      }
    }
    nodes.add(dynamicTest(dtype + ": close", series::close));
    return nodes;
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

  private static void run(
      OpenClDriver driver, CaseSeries series, KernelSource source, KernelCase each) {
    String title = source.origin() + ", " + each.name();
    try {
      assertEquals(
          Optional.empty(),
          series.problem(each),
          () ->
              title
                  + " on "
                  + driver.info().id()
                  + "; again: mvn -o test -Dtest='*ContractTest' -Dquire.kernel='"
                  + source.origin()
                  + "' -Dquire.seed="
                  + SEED);
    } catch (KernelNotServedException e) {
      assumeTrue(false, title + ": " + e.getMessage());
    }
  }
}
