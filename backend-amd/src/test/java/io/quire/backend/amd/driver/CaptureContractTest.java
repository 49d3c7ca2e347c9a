package io.quire.backend.amd.driver;

import io.quire.backend.amd.Runtimes;
import io.quire.testkit.driver.CaptureContract;
import io.quire.testkit.driver.DriverCandidate;
import java.util.List;

class CaptureContractTest extends CaptureContract {
  @Override
  protected List<DriverCandidate> candidates() {
    return Runtimes.candidates();
  }
}
