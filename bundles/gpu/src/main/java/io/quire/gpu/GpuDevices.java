package io.quire.gpu;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.kernel.KernelRegistry;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.plan.GpuDevice;
import io.quire.gpu.plan.KernelShop;
import io.quire.gpu.tune.TuningCache;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Makes a {@link Device} of every {@link DeviceDriver}, for as long as it is there. */
@Component(
    service = {},
    immediate = true)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.device.Device")
public final class GpuDevices {
  private final BundleContext context;
  private final KernelRegistry registry;
  private final AtomicReference<Optional<KernelCheck>> check =
      new AtomicReference<>(Optional.empty());
  private final Map<DeviceDriver, Registered> devices = new ConcurrentHashMap<>();

  private record Registered(GpuDevice device, ServiceRegistration<Device> registration) {}

  /**
   * Takes what every device needs.
   *
   * @param context the bundle's
   * @param registry the kernels
   */
  @Activate
  public GpuDevices(BundleContext context, @Reference KernelRegistry registry) {
    this.context = context;
    this.registry = registry;
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void setCheck(KernelCheck arrived) {
    check.set(Optional.of(arrived));
  }

  void unsetCheck(KernelCheck leaving) {
    check.updateAndGet(current -> current.filter(c -> c != leaving));
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDriver(DeviceDriver driver) {
    TuningCache tuned = TuningCache.open(tuningFolder(), driver.info());
    GpuDevice device = new GpuDevice(driver, new KernelShop(driver, registry, check::get, tuned));
    ServiceRegistration<Device> registration =
        context.registerService(
            Device.class, device, new Hashtable<>(KernelShop.properties(driver.info())));
    devices.put(driver, new Registered(device, registration));
  }

  /** Where {@code quire kernels tune} keeps what it finds. */
  private Path tuningFolder() {
    String home = context.getProperty("quire.home");
    return home == null ? context.getDataFile("tuning").toPath() : Path.of(home, "tuning");
  }

  /** Whoever has plans on the device closes them before this returns. */
  void removeDriver(DeviceDriver driver) {
    Registered leaving = devices.remove(driver);
    leaving.registration().unregister();
    leaving.device().leave();
  }
}
