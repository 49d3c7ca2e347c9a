package io.quire.gpu.plan;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import io.quire.gpu.tune.WarmUpTuner;
import java.util.Optional;
import java.util.function.Supplier;

/** A device that computes with kernels of the registry, through a vendor's driver. */
public final class GpuDevice implements Device {
  private final DeviceDriver driver;
  private final KernelShop shop;
  private final GpuOptions options;
  private final Supplier<Optional<WarmUpTuner>> tuners;
  private volatile boolean gone;

  /**
   * Makes a device as nobody has configured it.
   *
   * @param driver the vendor's part
   * @param shop finds kernels for it
   */
  public GpuDevice(DeviceDriver driver, KernelShop shop) {
    this(driver, shop, GpuOptions.DEFAULT, Optional::empty);
  }

  /**
   * Makes a device.
   *
   * @param driver the vendor's part
   * @param shop finds kernels for it
   * @param options how it executes
   * @param tuners asked for each plan: tunes its kernels before they are compiled
   */
  public GpuDevice(
      DeviceDriver driver,
      KernelShop shop,
      GpuOptions options,
      Supplier<Optional<WarmUpTuner>> tuners) {
    this.driver = driver;
    this.shop = shop;
    this.options = options;
    this.tuners = tuners;
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
  public Plan prepare(ModelGraph graph, Weights weights, PlanOptions sizes, Progress progress) {
    if (gone) {
      throw new LostDeviceException("device " + info().id() + " has left");
    }
    return new Preparation(driver, shop, options, graph, weights, sizes, progress)
        .plan(tuners.get());
  }
}
