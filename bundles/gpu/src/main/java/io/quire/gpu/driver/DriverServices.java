package io.quire.gpu.driver;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/**
 * The {@link DeviceDriver} services of a backend. Drivers' libraries take their time to load, so
 * devices are looked for beside the bundle's start and arrive when they are found. One thread does
 * all of it, so that a device is never registered after its loss.
 */
public final class DriverServices {
  private static final Logger LOG = System.getLogger(DriverServices.class.getName());
  private static final List<String> SET_BY_US =
      List.of(DeviceInfo.DEVICE, DeviceInfo.VENDOR, DeviceInfo.DRIVER, DeviceInfo.ARCH);

  private final BundleContext context;
  private final ExecutorService thread;
  private final List<Registered> drivers = new ArrayList<>();

  private record Registered(DeviceDriver driver, ServiceRegistration<DeviceDriver> registration) {}

  /**
   * Begins with no device.
   *
   * @param context the backend's bundle
   * @param name of the thread
   */
  public DriverServices(BundleContext context, String name) {
    this.context = context;
    thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  /**
   * Looks for devices, beside the caller.
   *
   * @param kind what is looked for, for the log
   * @param search calls {@link #register} for each device
   */
  public void discover(String kind, Runnable search) {
    thread.execute(() -> {
      try {
        search.run();
      } catch (LinkageError | RuntimeException e) {
        LOG.log(Level.ERROR, kind + " devices are not available: " + e, e);
      }
    });
  }

  /**
   * Where a backend keeps compiled programs.
   *
   * @param driver how the devices are driven, such as {@code opencl}
   * @return a folder, which need not exist
   */
  public Path programFolder(String driver) {
    String home = context.getProperty("quire.home");
    Path folder = home == null ? context.getDataFile("kernels").toPath() : Path.of(home, "kernels");
    return folder.resolve(driver);
  }

  /**
   * Registers a device; called from within {@link #discover}.
   *
   * @param maker makes its driver, which calls what it is given once the device is lost
   * @param further service properties besides what the device says of itself
   */
  public void register(Function<Runnable, DeviceDriver> maker, Map<String, Object> further) {
    DeviceDriver[] self = new DeviceDriver[1];
    self[0] = maker.apply(() -> leaveSoon(self));
    Dictionary<String, Object> properties = properties(self[0].info());
    further.forEach(properties::put);
    ServiceRegistration<DeviceDriver> registration =
        context.registerService(DeviceDriver.class, self[0], properties);
    drivers.add(new Registered(self[0], registration));
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

  private void leaveSoon(DeviceDriver[] lost) {
    try {
      thread.execute(() -> leave(lost[0]));
    } catch (RejectedExecutionException expected) {
      // The bundle stops: all devices leave anyway.
    }
  }

  /** Takes a lost device back: its plans close before its driver does. */
  private void leave(DeviceDriver lost) {
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
   * @param last done after that, to let the driver's library go
   * @throws InterruptedException if the thread is interrupted; then devices may remain
   */
  public void stop(Runnable last) throws InterruptedException {
    thread.execute(() -> {
      drivers.forEach(DriverServices::unregister);
      drivers.clear();
      last.run();
    });
    thread.shutdown();
    thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }
}
