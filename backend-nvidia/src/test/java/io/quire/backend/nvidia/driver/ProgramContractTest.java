package io.quire.backend.nvidia.driver;

import io.quire.testkit.driver.DriverCandidate;
import io.quire.testkit.driver.ProgramContract;
import java.util.List;

class ProgramContractTest extends ProgramContract {
  @Override
  protected List<DriverCandidate> candidates() {
    return Fakes.candidates();
  }
}
