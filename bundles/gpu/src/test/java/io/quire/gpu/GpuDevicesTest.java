package io.quire.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;

class GpuDevicesTest {
  private final List<Dictionary<?, ?>> registered = new ArrayList<>();
  private final List<String> left = new ArrayList<>();
  @TempDir private Path home;

  private record Config(boolean capture, int tune_seconds) implements GpuConfig {
    @Override
    public Class<? extends Annotation> annotationType() {
      return GpuConfig.class;
    }
  }

  private static boolean capture(boolean read, Map<String, Object> written) {
    return GpuDevices.options(new Config(read, 0), written).capture();
  }

  @Test
  void shouldCaptureAsItIsConfigured() {
    assertEquals(true, capture(true, Map.of()));
    assertEquals(false, capture(false, Map.of("capture", false)));
    assertEquals(false, capture(false, Map.of("capture", "False")));
  }

  @Test
  void shouldTuneForAsLongAsItIsConfigured() {
    assertEquals(20, GpuDevices.options(new Config(true, 20), Map.of()).tuneSeconds());
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> GpuDevices.options(new Config(true, 3601), Map.of()));
    assertEquals(
        "io.quire.gpu: tune.seconds is 3601 but must be from 0 to 3600. No GPU device was"
            + " registered.",
        e.getMessage());
  }

  @Test
  void shouldRefuseWhatIsNeitherTrueNorFalse() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> capture(false, Map.of("capture", "yes")));
    assertEquals(
        "io.quire.gpu: capture is \"yes\" but must be true or false. No GPU device was registered.",
        e.getMessage());
  }

  @Test
  void shouldRankADeviceAsItsDriverRanks() {
    GpuDevices devices =
        new GpuDevices(
            context(), proxy(KernelRegistry.class, (n, a) -> null), new Config(true, 0), Map.of());
    DeviceDriver own = driver("own0");
    DeviceDriver other = driver("other0");
    devices.addDriver(own, Map.of(Constants.SERVICE_RANKING, 10));
    devices.addDriver(other, Map.of());
    assertEquals("own0", registered.getFirst().get(DeviceInfo.DEVICE));
    assertEquals(10, registered.getFirst().get(Constants.SERVICE_RANKING));
    assertNull(registered.getLast().get(Constants.SERVICE_RANKING));
    devices.removeDriver(own);
    devices.removeDriver(other);
    assertEquals(List.of("own0", "other0"), left);
  }

  private static DeviceDriver driver(String id) {
    DeviceInfo info = new DeviceInfo(id, "card", "acme", "a1", "own", 1 << 20, 4, Map.of());
    return proxy(DeviceDriver.class, (name, arguments) -> "info".equals(name) ? info : null);
  }

  private BundleContext context() {
    return proxy(
        BundleContext.class,
        (name, arguments) -> {
          if ("getProperty".equals(name)) {
            return home.toString();
          }
          assertEquals("registerService", name);
          Dictionary<?, ?> properties = (Dictionary<?, ?>) arguments[2];
          registered.add(properties);
          return proxy(
              ServiceRegistration.class,
              (n, a) -> left.add((String) properties.get(DeviceInfo.DEVICE)) ? null : null);
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
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "hashCode" -> System.identityHashCode(self);
                  case "equals" -> self == arguments[0];
                  default -> calls.call(method.getName(), arguments);
                }));
  }
}
