package io.quire.backend.amd.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.amd.Runtimes;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.testkit.driver.DriverCandidate;
import io.quire.testkit.driver.DriverContract;
import io.quire.testkit.driver.DriverRig;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract on every OpenCL device that is here, and what only OpenCL does. */
class DriverContractTest extends DriverContract {
  @Override
  protected List<DriverCandidate> candidates() {
    return Runtimes.candidates();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldTellItsDriverAndPrelude(DriverCandidate candidate) {
    try (DriverRig rig = candidate.open()) {
      OpenClDevice device = ((OpenClDriver) rig.driver()).device;
      assertEquals("opencl", device.info().driver());
      assertEquals(device.prelude().name(), device.info().properties().get("prelude"));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseLocalMemoryThatNoTextDeclares(DriverCandidate candidate) {
    try (DriverRig rig = candidate.open();
        var buffer = rig.buffer(1);
        var module = rig.compile(1)) {
      var kernel = module.kernel("add");
      rig.add(kernel, buffer, 1);
      LaunchGeometry geometry = new LaunchGeometry(1, 1, 1, DriverRig.GROUP, 64);
      var problem = assertThrows(DeviceException.class, () -> rig.queue().launch(kernel, geometry));
      assertTrue(problem.getMessage().contains("local memory"), problem::getMessage);
    }
  }
}
