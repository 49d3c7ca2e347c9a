package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceDriver;

/** Breaks devices that are sound. */
public final class Losing {
  private Losing() {}

  /**
   * Has a driver believe that its device is lost.
   *
   * @param driver one of OpenCL
   */
  public static void lose(DeviceDriver driver) {
    ((OpenClDriver) driver).guard.lose("a fault that this test has thought up");
  }
}
