package io.quire.backend.amd.driver;

import io.quire.backend.amd.Runtimes;
import io.quire.testkit.driver.DriverCandidate;
import io.quire.testkit.driver.ProgramContract;
import java.util.List;

class ProgramContractTest extends ProgramContract {
  @Override
  protected List<DriverCandidate> candidates() {
    return Runtimes.candidates();
  }

  @Override
  protected boolean refusesNonsense(DriverCandidate device) {
    return !"rusticl".equals(device.name());
  }
}
