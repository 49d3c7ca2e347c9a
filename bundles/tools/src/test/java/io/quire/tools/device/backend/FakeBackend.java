package io.quire.tools.device.backend;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import java.lang.reflect.Proxy;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Lies in a bundle of its own; brings two devices. */
public final class FakeBackend implements BundleActivator {
  @Override
  public void start(BundleContext context) {
    register(context, "fake1");
    register(context, "fake0");
  }

  private static void register(BundleContext context, String id) {
    String home = context.getProperty("quire.home");
    DeviceInfo info = new DeviceInfo(id, home, "nobody", "fake", "fake", 1, 1, Map.of());
    DeviceDriver driver =
        (DeviceDriver)
            Proxy.newProxyInstance(
                FakeBackend.class.getClassLoader(),
                new Class<?>[] {DeviceDriver.class},
                (self, method, arguments) -> info);
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(DeviceInfo.DEVICE, id);
    context.registerService(DeviceDriver.class, driver, properties);
  }

  @Override
  public void stop(BundleContext context) {
    // The framework takes the services back.
  }
}
