package io.quire.gpu;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.kernel.KernelRegistry;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.plan.GpuDevice;
import io.quire.gpu.plan.GpuOptions;
import io.quire.gpu.plan.KernelShop;
import io.quire.gpu.tune.Effort;
import io.quire.gpu.tune.Tuner;
import io.quire.gpu.tune.TuningCache;
import io.quire.gpu.tune.WarmUpTuner;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

/** Makes a {@link Device} of every {@link DeviceDriver}, for as long as it is there. */
@Component(
    service = {},
    immediate = true,
    configurationPid = GpuConfig.PID)
@Designate(ocd = GpuConfig.class)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.device.Device")
public final class GpuDevices {
  private static final int MOST_TUNE_SECONDS = 3600;

  private final BundleContext context;
  private final KernelRegistry registry;
  private final GpuOptions options;
  private final AtomicReference<Optional<KernelCheck>> check =
      new AtomicReference<>(Optional.empty());
  private final Map<DeviceDriver, Registered> devices = new ConcurrentHashMap<>();

  private record Registered(GpuDevice device, ServiceRegistration<Device> registration) {}

  /**
   * Takes what every device needs.
   *
   * @param context the bundle's
   * @param registry the kernels
   * @param config the configuration
   * @param properties the configuration as it was written
   * @throws IllegalArgumentException if a value is none; no device is registered
   */
  @Activate
  public GpuDevices(
      BundleContext context,
      @Reference KernelRegistry registry,
      GpuConfig config,
      Map<String, Object> properties) {
    this.context = context;
    this.registry = registry;
    options = options(config, properties);
  }

  /** Any text but {@code true} would count as false: a slip must not cost speed in silence. */
  static GpuOptions options(GpuConfig config, Map<String, Object> properties) {
    String capture = String.valueOf(properties.getOrDefault("capture", true));
    if (!capture.equalsIgnoreCase("true") && !capture.equalsIgnoreCase("false")) {
      throw new IllegalArgumentException(
          GpuConfig.PID
              + ": capture is \""
              + capture
              + "\" but must be true or false. No GPU device was registered.");
    }
    int seconds = config.tune_seconds();
    if (seconds < 0 || seconds > MOST_TUNE_SECONDS) {
      throw new IllegalArgumentException(
          GpuConfig.PID
              + ": tune.seconds is "
              + seconds
              + " but must be from 0 to "
              + MOST_TUNE_SECONDS
              + ". No GPU device was registered.");
    }
    return new GpuOptions(config.capture(), seconds);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void setCheck(KernelCheck arrived) {
    check.set(Optional.of(arrived));
  }

  void unsetCheck(KernelCheck leaving) {
    check.updateAndGet(current -> current.filter(c -> c != leaving));
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDriver(DeviceDriver driver, Map<String, Object> service) {
    TuningCache tuned = TuningCache.open(tuningFolder(), driver.info());
    KernelShop shop = new KernelShop(driver, registry, check::get, tuned);
    GpuDevice device = new GpuDevice(driver, shop, options, () -> tuner(driver, tuned));
    ServiceRegistration<Device> registration =
        context.registerService(Device.class, device, properties(driver, service));
    devices.put(driver, new Registered(device, registration));
  }

  private Optional<WarmUpTuner> tuner(DeviceDriver driver, TuningCache tuned) {
    if (options.tuneSeconds() == 0) {
      return Optional.empty();
    }
    Tuner tuner = new Tuner(driver, Runnable::run, check.get(), Effort.QUICK);
    return Optional.of(
        new WarmUpTuner(tuner, tuned, TimeUnit.SECONDS.toNanos(options.tuneSeconds())));
  }

  /**
   * What a driver says of its device, and its service's ranking: where two drivers offer the same
   * card, models run on the one that ranks higher.
   */
  private static Dictionary<String, Object> properties(
      DeviceDriver driver, Map<String, Object> service) {
    Hashtable<String, Object> properties = new Hashtable<>(KernelShop.properties(driver.info()));
    if (service.get(Constants.SERVICE_RANKING) instanceof Integer ranking) {
      properties.put(Constants.SERVICE_RANKING, ranking);
    }
    return properties;
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
