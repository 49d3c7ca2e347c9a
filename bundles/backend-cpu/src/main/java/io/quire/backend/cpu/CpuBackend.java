package io.quire.backend.cpu;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Registers the processor as a {@link Device}. Registered by hand, because two of its service
 * properties are known only at run time: the architecture and the memory.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = CpuConfig.PID)
@Designate(ocd = CpuConfig.class)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.device.Device")
public final class CpuBackend {
  private static final int MAX_THREADS = 1024;
  private static final System.Logger LOG = System.getLogger(CpuBackend.class.getName());

  private final CpuDevice device;
  private final ServiceRegistration<Device> registration;

  /**
   * Chooses kernels and threads and registers the device.
   *
   * @param context the bundle's
   * @param config the configuration
   * @throws IllegalArgumentException if a value is out of range; no device is registered
   */
  @Activate
  public CpuBackend(BundleContext context, CpuConfig config) {
    if (config.threads() < 0 || config.threads() > MAX_THREADS) {
      throw new IllegalArgumentException(
          CpuConfig.PID
              + ": threads is "
              + config.threads()
              + " but must be 0 (one per processor) to "
              + MAX_THREADS
              + ". The CPU device was not registered.");
    }
    KernelChoice choice = KernelChoice.of(config.kernels(), ModuleLayer.boot());
    device = new CpuDevice(choice.kernels(), config.threads());
    LOG.log(
        choice.degraded() ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
        "device " + CpuDevice.ID + ": " + choice.kernels().name() + " kernels; " + choice.reason());
    registration = context.registerService(Device.class, device, properties(device.info()));
  }

  private static Dictionary<String, Object> properties(DeviceInfo info) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(DeviceInfo.DEVICE, info.id());
    properties.put(DeviceInfo.VENDOR, info.vendor());
    properties.put(DeviceInfo.DRIVER, info.driver());
    properties.put(DeviceInfo.ARCH, info.arch());
    properties.put(DeviceInfo.MEMORY, info.memory());
    return properties;
  }

  /** Takes the device back: whoever has plans on it closes them before this returns. */
  @Deactivate
  void stop() {
    registration.unregister();
    device.leave();
  }
}
