package io.quire.backend.amd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.backend.amd.driver.Losing;
import io.quire.testkit.driver.DriverEvents;
import io.quire.testkit.driver.DriverEvents.Event;
import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

class OpenClBackendTest {
  private final DriverEvents events = new DriverEvents();
  @TempDir private Path home;

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
    List<Event> arrived = events.take(devices, DriverEvents.ARRIVED);
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
    events.take(devices, DriverEvents.LEFT);
    events.assertNoMore();
    for (Event each : arrived) {
      assertThrows(IllegalStateException.class, () -> each.driver().allocate(4));
    }
  }

  @Test
  void shouldTakeBackADeviceThatIsLost() throws Exception {
    int devices = Runtimes.devices("auto").size();
    OpenClBackend backend = new OpenClBackend(context(), new Config(true, "opencl"));
    List<Event> arrived = events.take(devices, DriverEvents.ARRIVED);
    if (devices > 0) {
      DeviceDriver lost = arrived.getLast().driver();
      Losing.lose(lost);
      assertEquals(lost, events.take(1, DriverEvents.LEFT).getFirst().driver());
      var error = assertThrows(RuntimeException.class, () -> lost.allocate(4));
      assertTrue(
          error instanceof LostDeviceException || error instanceof IllegalStateException,
          error::toString);
    }
    backend.stop();
    events.take(Math.max(0, devices - 1), DriverEvents.LEFT);
    events.assertNoMore();
  }

  @Test
  void shouldNeitherHangNorThrowWhenDevicesAreLostWhileItStops() throws Exception {
    int devices = Runtimes.devices("auto").size();
    OpenClBackend backend = new OpenClBackend(context(), new Config(true, "auto"));
    List<Event> arrived = events.take(devices, DriverEvents.ARRIVED);
    backend.stop();
    arrived.forEach(each -> Losing.lose(each.driver()));
    events.take(devices, DriverEvents.LEFT);
    events.assertNoMore();
  }

  @Test
  void shouldLeaveOpenClAloneWhenItIsDisabled() throws Exception {
    new OpenClBackend(context(), new Config(false, "auto")).stop();
    events.assertNoMore();
  }

  private BundleContext context() {
    return events.context(home);
  }
}
