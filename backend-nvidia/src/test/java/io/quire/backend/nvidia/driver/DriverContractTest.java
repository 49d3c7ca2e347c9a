package io.quire.backend.nvidia.driver;

import io.quire.testkit.driver.DriverCandidate;
import io.quire.testkit.driver.DriverContract;
import java.util.List;

class DriverContractTest extends DriverContract {
  @Override
  protected List<DriverCandidate> candidates() {
    return Fakes.candidates();
  }
}
