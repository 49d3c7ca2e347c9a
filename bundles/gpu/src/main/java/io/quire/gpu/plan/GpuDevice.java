package io.quire.gpu.plan;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;

/** A device that computes with kernels of the registry, through a vendor's driver. */
public final class GpuDevice implements Device {
  private final DeviceDriver driver;
  private final KernelShop shop;
  private volatile boolean gone;

  /**
   * Makes a device.
   *
   * @param driver the vendor's part
   * @param shop finds kernels for it
   */
  public GpuDevice(DeviceDriver driver, KernelShop shop) {
    this.driver = driver;
    this.shop = shop;
  }

  /** Refuses new plans. Plans that are open end when their owner closes them. */
  public void leave() {
    gone = true;
  }

  @Override
  public DeviceInfo info() {
    return driver.info();
  }

  @Override
  public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
    if (gone) {
      throw new LostDeviceException("device " + info().id() + " has left");
    }
    return new Preparation(driver, shop, graph, weights, options, progress).plan();
  }
}
