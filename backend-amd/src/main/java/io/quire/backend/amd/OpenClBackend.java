package io.quire.backend.amd;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.Discovery;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.OpenClLibrary;
import io.quire.backend.amd.program.BinaryCache;
import io.quire.backend.amd.program.PreludeText;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Registers a {@link DeviceDriver} for each OpenCL device. Drivers of OpenCL take their time to
 * load, so devices are looked for beside the start and arrive when they are found.
 */
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
  private static final List<String> SET_BY_US =
      List.of(DeviceInfo.DEVICE, DeviceInfo.VENDOR, DeviceInfo.DRIVER, DeviceInfo.ARCH);

  /** One thread registers and unregisters, so that a device is never registered after its loss. */
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("quire-opencl").factory());

  private final BundleContext context;
  private final List<Registered> drivers = new ArrayList<>();
  private Optional<OpenClLibrary> library = Optional.empty();

  private record Registered(OpenClDriver driver, ServiceRegistration<DeviceDriver> registration) {}

  /**
   * Begins to look for devices.
   *
   * @param context the bundle's
   * @param config the configuration
   */
  @Activate
  public OpenClBackend(BundleContext context, OpenClConfig config) {
    this.context = context;
    if (config.enabled()) {
      String prelude = config.prelude();
      thread.execute(() -> discover(prelude));
    }
  }

  private void discover(String prelude) {
    try {
      library = OpenClLibrary.load();
      if (library.isEmpty()) {
        LOG.log(Level.DEBUG, "no OpenCL here: {0} is not installed", OpenClLibrary.NAME);
        return;
      }
      PreludeText preludes = new PreludeText();
      BinaryCache cache = new BinaryCache(Optional.of(cacheFolder()));
      for (OpenClDevice device : Discovery.devices(prelude)) {
        register(device, preludes, cache);
      }
    } catch (LinkageError | RuntimeException e) {
      LOG.log(Level.ERROR, "OpenCL devices are not available: " + e, e);
    }
  }

  private Path cacheFolder() {
    String home = context.getProperty("quire.home");
    Path folder = home == null ? context.getDataFile("kernels").toPath() : Path.of(home, "kernels");
    return folder.resolve("opencl");
  }

  private void register(OpenClDevice device, PreludeText preludes, BinaryCache cache) {
    OpenClDriver[] self = new OpenClDriver[1];
    self[0] =
        new OpenClDriver(device, library.orElseThrow(), preludes, cache, () -> leaveSoon(self[0]));
    ServiceRegistration<DeviceDriver> registration =
        context.registerService(DeviceDriver.class, self[0], properties(device.info()));
    drivers.add(new Registered(self[0], registration));
    LOG.log(
        Level.INFO,
        "device {0}: {1} of platform {2}, prelude {3}",
        device.info().id(),
        device.info().name(),
        device.info().properties().get("platform"),
        device.prelude().name());
  }

  private static Dictionary<String, Object> properties(DeviceInfo info) {
    Dictionary<String, Object> properties = new Hashtable<>();
    info.properties()
        .forEach((name, value) -> {
          if (!SET_BY_US.contains(name)) {
            properties.put(name, value);
          }
        });
    properties.put(DeviceInfo.DEVICE, info.id());
    properties.put(DeviceInfo.VENDOR, info.vendor());
    properties.put(DeviceInfo.DRIVER, info.driver());
    properties.put(DeviceInfo.ARCH, info.arch());
    properties.put(DeviceInfo.MEMORY, info.memory());
    return properties;
  }

  private void leaveSoon(OpenClDriver lost) {
    try {
      thread.execute(() -> leave(lost));
    } catch (RejectedExecutionException expected) {
      // The bundle stops: all devices leave anyway.
    }
  }

  /** Takes a lost device back: its plans close before its driver does. */
  private void leave(OpenClDriver lost) {
    drivers.removeIf(each -> {
      if (each.driver() != lost) {
        return false;
      }
      LOG.log(Level.ERROR, "device {0} is lost and leaves", lost.info().id());
      unregister(each);
      return true;
    });
  }

  private static void unregister(Registered each) {
    try {
      each.registration().unregister();
      each.driver().close();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "device " + each.driver().info().id() + " does not close: " + e, e);
    }
  }

  /**
   * Takes all devices back: whoever has plans on them closes them before this returns.
   *
   * @throws InterruptedException if the thread is interrupted; then devices may remain
   */
  @Deactivate
  void stop() throws InterruptedException {
    thread.execute(() -> {
      drivers.forEach(OpenClBackend::unregister);
      drivers.clear();
      library.ifPresent(OpenClLibrary::close);
    });
    thread.shutdown();
    thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }
}
