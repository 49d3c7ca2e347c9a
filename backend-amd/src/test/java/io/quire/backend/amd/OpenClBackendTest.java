package io.quire.backend.amd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.backend.amd.driver.Losing;
import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

class OpenClBackendTest {
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  @TempDir private Path home;

  /** What happened to a service. */
  private record Event(String what, DeviceDriver driver, Object properties) {
    Object property(String name) {
      return ((Dictionary<?, ?>) properties).get(name);
    }
  }

  private record Config(boolean enabled, String prelude) implements OpenClConfig {
    @Override
    public Class<? extends Annotation> annotationType() {
      return OpenClConfig.class;
    }
  }

  @Test
  void shouldRegisterEveryDeviceAndTakeItBack() throws Exception {
    int devices = Runtimes.devices("auto").size();
    OpenClBackend backend = new OpenClBackend(context(), new Config(true, "auto"));
    List<Event> arrived = take(devices, "arrived");
    for (Event each : arrived) {
      DeviceInfo info = each.driver().info();
      assertEquals(info.id(), each.property("quire.device"));
      assertEquals("opencl", each.property("driver"));
      assertEquals(info.vendor(), each.property("vendor"));
      assertEquals(info.memory(), each.property("memory"));
      info.properties().forEach((name, value) -> assertEquals(value, each.property(name), name));
    }
    assertEquals(devices, arrived.stream().map(e -> e.driver().info().id()).distinct().count());
    backend.stop();
    take(devices, "left");
    assertTrue(events.isEmpty());
    for (Event each : arrived) {
      assertThrows(IllegalStateException.class, () -> each.driver().allocate(4));
    }
  }

  @Test
  void shouldTakeBackADeviceThatIsLost() throws Exception {
    int devices = Runtimes.devices("auto").size();
    OpenClBackend backend = new OpenClBackend(context(), new Config(true, "opencl"));
    List<Event> arrived = take(devices, "arrived");
    if (devices > 0) {
      DeviceDriver lost = arrived.getLast().driver();
      Losing.lose(lost);
      assertEquals(lost, take(1, "left").getFirst().driver());
      var error = assertThrows(RuntimeException.class, () -> lost.allocate(4));
      assertTrue(
          error instanceof LostDeviceException || error instanceof IllegalStateException,
          error::toString);
    }
    backend.stop();
    take(Math.max(0, devices - 1), "left");
    assertTrue(events.isEmpty());
  }

  @Test
  void shouldNeitherHangNorThrowWhenDevicesAreLostWhileItStops() throws Exception {
    int devices = Runtimes.devices("auto").size();
    OpenClBackend backend = new OpenClBackend(context(), new Config(true, "auto"));
    List<Event> arrived = take(devices, "arrived");
    backend.stop();
    arrived.forEach(each -> Losing.lose(each.driver()));
    take(devices, "left");
    assertTrue(events.isEmpty());
  }

  @Test
  void shouldLeaveOpenClAloneWhenItIsDisabled() throws Exception {
    new OpenClBackend(context(), new Config(false, "auto")).stop();
    assertTrue(events.isEmpty());
  }

  private List<Event> take(int count, String what) throws InterruptedException {
    List<Event> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Event event = events.poll(2, TimeUnit.MINUTES);
      assertTrue(event != null, what);
      assertEquals(what, event.what());
      taken.add(event);
    }
    return taken;
  }

  private BundleContext context() {
    return proxy(
        BundleContext.class,
        (name, arguments) ->
            switch (name) {
              case "getProperty" -> "quire.home".equals(arguments[0]) ? home.toString() : null;
              case "registerService" -> register((DeviceDriver) arguments[1], arguments[2]);
              default -> throw new AssertionError(name + " is not expected");
            });
  }

  private Object register(DeviceDriver driver, Object properties) {
    events.add(new Event("arrived", driver, properties));
    return proxy(
        ServiceRegistration.class,
        (name, arguments) -> {
          assertEquals("unregister", name);
          assertTrue(driver.info().memory() > 0, "the driver is still there when it leaves");
          events.add(new Event("left", driver, properties));
          return null;
        });
  }

  private interface Calls {
    Object call(String name, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Calls calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> calls.call(method.getName(), arguments)));
  }
}
