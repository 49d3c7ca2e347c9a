package io.quire.testkit.driver;

import io.quire.api.device.DeviceDriver;
import io.quire.gpu.program.BinaryCache;
import java.util.Optional;
import java.util.function.Function;

/**
 * A device whose driver is held to the contract.
 *
 * @param name for reports
 * @param opener makes a driver that keeps its binaries in the given cache; whoever asks closes it
 */
public record DriverCandidate(String name, Function<BinaryCache, DeviceDriver> opener) {
  /** {@return a driver that keeps no binaries} */
  public DriverRig open() {
    return open(new BinaryCache(Optional.empty()));
  }

  /**
   * Makes a driver.
   *
   * @param cache where its binaries are kept
   * @return the driver with a queue
   */
  public DriverRig open(BinaryCache cache) {
    return new DriverRig(opener.apply(cache));
  }

  @Override
  public String toString() {
    return name;
  }
}
