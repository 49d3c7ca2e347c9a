package io.quire.backend.amd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.quire.api.device.DeviceDriver;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.testkit.kernel.CaseSeries;
import io.quire.testkit.kernel.KernelCase;
import io.quire.testkit.kernel.KernelCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * The layouts of the vendors' matrix instructions: their preludes on a CPU, with the instruction
 * and the exchange of lanes done as the instruction set's document says, and all else as it is.
 */
class EmulatedPreludeTest {
  private static final long SEED = Long.getLong("quire.seed", 0x5157495245L);

  /**
   * The one runtime of processors with local memory enough for what the emulation wants besides.
   */
  private static final String RUNTIME = "intel";

  /** What uses matrix units; the layouts' own conformance kernels in both types. */
  private static final String CONFORMANCE =
      "conformance\\.(slabs|accumulators|product_nk|product_kn|stages|page_copies)/.*";

  private static final String KERNELS =
      CONFORMANCE
          + "|attention\\..*|linear\\.(tile/tile|skinny/skinny_tile|gated/gated_tile|triple/triple_tile)";

  private static final List<EmulatingDriver.Vendor> VENDORS =
      List.of(
          new EmulatingDriver.Vendor("cdna", "prelude/cdna.h", 64, 32, 16, Map.of()),
          new EmulatingDriver.Vendor("rdna3", "prelude/rdna3.h", 32, 16, 16, Map.of()),
          new EmulatingDriver.Vendor(
              "xe, sub-groups of 16",
              "../backend-intel/prelude/xe.h",
              16,
              8,
              8,
              Map.of("SG", "16")),
          new EmulatingDriver.Vendor(
              "xe, sub-groups of 8", "../backend-intel/prelude/xe.h", 8, 8, 8, Map.of("SG", "8")));

  private final KernelCases cases = new KernelCases();

  @TestFactory
  Stream<DynamicNode> shouldLayTilesOutAsTheMatrixUnitWantsThem() {
    return Runtimes.devices("opencl").stream()
        .filter(device -> Runtimes.name(device).equals(RUNTIME))
        .flatMap(device ->
            VENDORS.stream()
                .map(vendor -> kernels(new EmulatingDriver(Runtimes.driver(device), vendor))));
  }

  private DynamicNode kernels(DeviceDriver driver) {
    List<DynamicNode> nodes = new ArrayList<>();
    for (KernelSource source : KernelTexts.all()) {
      String name = source.header().op() + "/" + source.header().name();
      if (name.matches(KERNELS)) {
        for (String dtype : name.matches(CONFORMANCE) ? List.of("bf16", "f16") : List.of("bf16")) {
          if (source.header().dtypes().contains(dtype)) {
            nodes.add(dynamicTest(name + " " + dtype, () -> run(driver, source, dtype)));
          }
        }
      }
    }
    nodes.add(dynamicTest("close the driver", driver::close));
    return dynamicContainer(driver.info().id(), nodes);
  }

  private void run(DeviceDriver driver, KernelSource source, String dtype) {
    List<KernelCase> all = cases.cases(source.header().op(), dtype, SEED);
    assertTrue(!all.isEmpty(), () -> "no contract case for " + source.origin());
    int served = 0;
    try (CaseSeries series = new CaseSeries(driver, source, Map.of())) {
      for (KernelCase each : all) {
        try {
          assertEquals(Optional.empty(), series.problem(each), () -> "seed " + SEED);
          served++;
        } catch (KernelNotServedException expected) {
          // Too much local memory, mostly; the other shapes show the layout.
        }
      }
    }
    assertTrue(served > 0, () -> source.origin() + " serves no case as " + driver.info().id());
  }
}
