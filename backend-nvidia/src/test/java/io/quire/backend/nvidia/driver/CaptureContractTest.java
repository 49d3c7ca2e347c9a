package io.quire.backend.nvidia.driver;

import io.quire.testkit.driver.CaptureContract;
import io.quire.testkit.driver.DriverCandidate;
import java.util.List;

class CaptureContractTest extends CaptureContract {
  @Override
  protected List<DriverCandidate> candidates() {
    return Fakes.candidates();
  }
}
