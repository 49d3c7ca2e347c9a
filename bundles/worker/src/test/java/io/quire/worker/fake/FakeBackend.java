package io.quire.worker.fake;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** A component, described by hand in {@link FakeBundle}, that registers devices. */
public final class FakeBackend {
  private final List<ServiceRegistration<Device>> registrations = new ArrayList<>();
  private KernelRegistry registry;

  /** Used by Declarative Services. */
  public FakeBackend() {}

  /** Used by Declarative Services. */
  public void setRegistry(KernelRegistry kernels) {
    registry = kernels;
  }

  /** Registers as many devices as are configured, or the one that the framework asks for. */
  public void activate(BundleContext context, Map<String, Object> configuration) {
    int devices = configuration.get("devices") instanceof Integer count ? count : 1;
    Optional<String> only = Optional.ofNullable(context.getProperty("quire.worker.device"));
    for (int i = 0; i < devices; i++) {
      String id = "fake" + i;
      if (only.isEmpty() || only.get().equals(id)) {
        DeviceInfo info =
            new DeviceInfo(
                id,
                "a fake of process " + ProcessHandle.current().pid(),
                "fake",
                "none",
                "fake",
                1L << 40,
                1,
                Map.of("prelude", "none", "units", List.of(1, 2)));
        registrations.add(
            context.registerService(
                Device.class,
                new FakeDevice(info, registry),
                new Hashtable<>(Map.of(DeviceInfo.DEVICE, id, DeviceInfo.VENDOR, "fake"))));
      }
    }
  }

  /** Takes them back. */
  public void deactivate() {
    registrations.forEach(ServiceRegistration::unregister);
  }
}
