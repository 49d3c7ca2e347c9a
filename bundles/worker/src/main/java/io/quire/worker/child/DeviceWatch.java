package io.quire.worker.child;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.worker.control.Message;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Tells the parent which devices come and go here. The first one is the one that is served. */
final class DeviceWatch extends ServiceTracker<Device, Device> {
  /** The framework's own, which mean nothing in another one. */
  private static final List<String> LOCAL =
      List.of(
          Constants.OBJECTCLASS,
          Constants.SERVICE_ID,
          Constants.SERVICE_BUNDLEID,
          Constants.SERVICE_SCOPE,
          "component.id",
          "component.name");

  private final String wanted;
  private final Consumer<Message> parent;
  private final AtomicReference<Optional<Device>> served = new AtomicReference<>(Optional.empty());

  /**
   * Prepares to look.
   *
   * @param context the framework's
   * @param wanted the id of the only device of interest; empty for all
   * @param parent is told
   */
  DeviceWatch(BundleContext context, String wanted, Consumer<Message> parent) {
    super(context, Device.class, null);
    this.wanted = wanted;
    this.parent = parent;
  }

  @Override
  public Device addingService(ServiceReference<Device> reference) {
    Device device = context.getService(reference);
    if (wanted.isEmpty() || wanted.equals(device.info().id())) {
      served.compareAndSet(Optional.empty(), Optional.of(device));
      parent.accept(new Message.DeviceFound(plain(device.info()), properties(reference)));
    }
    return device;
  }

  @Override
  public void removedService(ServiceReference<Device> reference, Device device) {
    parent.accept(new Message.DeviceLeft(device.info().id()));
    context.ungetService(reference);
  }

  /**
   * {@return the device that this process serves}
   *
   * @throws LostDeviceException if there is none yet
   */
  Device served() {
    return served
        .get()
        .orElseThrow(() -> new LostDeviceException("the worker process has no device"));
  }

  private static Map<String, Object> properties(ServiceReference<Device> reference) {
    Map<String, Object> properties = new HashMap<>();
    for (String key : reference.getPropertyKeys()) {
      if (!LOCAL.contains(key)) {
        properties.put(key, reference.getProperty(key));
      }
    }
    return plain(properties);
  }

  private static DeviceInfo plain(DeviceInfo info) {
    return new DeviceInfo(
        info.id(),
        info.name(),
        info.vendor(),
        info.arch(),
        info.driver(),
        info.memory(),
        info.computeUnits(),
        plain(info.properties()));
  }

  /** Numbers, truth values and texts as they are; anything else as a text. */
  private static Map<String, Object> plain(Map<String, Object> properties) {
    Map<String, Object> plain = new HashMap<>();
    properties.forEach((key, value) -> {
      boolean simple =
          value instanceof Integer
              || value instanceof Long
              || value instanceof Double
              || value instanceof Float
              || value instanceof Boolean;
      plain.put(key, simple ? value : String.valueOf(value));
    });
    return plain;
  }
}
