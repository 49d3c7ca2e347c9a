package io.quire.backend.amd;

import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.Discovery;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.OpenClLibrary;
import io.quire.gpu.driver.DriverServices;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** Registers a {@link io.quire.api.device.DeviceDriver} for each OpenCL device. */
@Component(
    service = {},
    immediate = true,
    configurationPid = OpenClConfig.PID)
@Designate(ocd = OpenClConfig.class)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.device.DeviceDriver")
public final class OpenClBackend {
  private static final System.Logger LOG = System.getLogger(OpenClBackend.class.getName());

  private final DriverServices services;

  /** Touched by the services' thread alone. */
  private Optional<OpenClLibrary> library = Optional.empty();

  /**
   * Begins to look for devices.
   *
   * @param context the bundle's
   * @param config the configuration
   */
  @Activate
  public OpenClBackend(BundleContext context, OpenClConfig config) {
    services = new DriverServices(context, "quire-opencl");
    if (config.enabled()) {
      String prelude = config.prelude();
      services.discover("OpenCL", () -> discover(prelude));
    }
  }

  private void discover(String prelude) {
    library = OpenClLibrary.load();
    if (library.isEmpty()) {
      LOG.log(Level.DEBUG, "no OpenCL here: {0} is not installed", OpenClLibrary.NAME);
      return;
    }
    PreludeText preludes = new PreludeText(OpenClBackend.class);
    BinaryCache cache = new BinaryCache(Optional.of(services.programFolder("opencl")));
    for (OpenClDevice device : Discovery.devices(prelude)) {
      services.register(
          onLoss -> new OpenClDriver(device, library.orElseThrow(), preludes, cache, onLoss),
          Map.of());
      LOG.log(
          Level.INFO,
          "device {0}: {1} of platform {2}, prelude {3}",
          device.info().id(),
          device.info().name(),
          device.info().properties().get("platform"),
          device.prelude().name());
    }
  }

  /**
   * Takes all devices back: whoever has plans on them closes them before this returns.
   *
   * @throws InterruptedException if the thread is interrupted; then devices may remain
   */
  @Deactivate
  void stop() throws InterruptedException {
    services.stop(() -> library.ifPresent(OpenClLibrary::close));
  }
}
