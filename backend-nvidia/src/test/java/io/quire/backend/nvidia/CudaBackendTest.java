package io.quire.backend.nvidia;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.LostDeviceException;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.backend.nvidia.fake.FakeNvrtc;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.testkit.driver.DriverEvents;
import io.quire.testkit.driver.DriverEvents.Event;
import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

class CudaBackendTest {
  private final DriverEvents events = new DriverEvents();
  private final FakeCuda cuda = new FakeCuda(9, 0);
  private final FakeNvrtc nvrtc = new FakeNvrtc();
  @TempDir private Path home;

  private record Config(boolean enabled, boolean overlap) implements CudaConfig {
    Config(boolean enabled) {
      this(enabled, true);
    }

    @Override
    public Class<? extends Annotation> annotationType() {
      return CudaConfig.class;
    }
  }

  private record Here(Optional<Cuda> cuda, Optional<Nvrtc> compiler, int[] asked)
      implements Libraries {
    @Override
    public Optional<Nvrtc> nvrtc(int majorVersion) {
      asked[0] = majorVersion;
      return compiler;
    }
  }

  private final Here here = new Here(Optional.of(cuda), Optional.of(nvrtc), new int[1]);

  @Test
  void shouldDescribeItsDevices() throws Exception {
    CudaBackend backend = new CudaBackend(context(), new Config(true), here);
    Event arrived = events.take(DriverEvents.ARRIVED);
    Map<String, Object> expected = new HashMap<>();
    expected.put("quire.device", "cuda0");
    expected.put("vendor", "nvidia");
    expected.put("driver", "cuda");
    expected.put("arch", "sm_90");
    expected.put("memory", FakeCuda.MEMORY);
    expected.put("driver.version", "13.0");
    expected.put("compiler.version", "99.0");
    expected.put("platform", "CUDA");
    expected.put("type", "gpu");
    expected.put("prelude", "cuda");
    expected.put("local.memory", 232_448);
    expected.put("workgroup.max", 1024);
    expected.put("subgroup", 32);
    expected.put("compute.units", 132);
    expected.put("allocation.max", FakeCuda.MEMORY);
    expected.put("memory.shared", false);
    expected.put("fp16", true);
    expected.put("copier.lanes", 128);
    expected.put("slab.wide.rows", 64);
    expected.put("slab.wide.lanes", 128);
    expected.put("slab.narrow.rows", 16);
    expected.put("slab.narrow.lanes", 32);
    expected.put("service.ranking", 10);
    expected.forEach((name, value) -> assertEquals(value, arrived.property(name), name));
    assertEquals("No GPU at all", arrived.driver().info().name());
    assertEquals(13, here.asked()[0]);
    backend.stop();
    events.take(DriverEvents.LEFT);
    assertTrue(nvrtc.closed() && cuda.closed());
    assertThrows(IllegalStateException.class, () -> arrived.driver().allocate(4));
  }

  @Test
  void shouldGiveArchitecturesWithoutWideSlabsNarrowOnes() throws Exception {
    Here other = new Here(Optional.of(new FakeCuda(8, 9)), Optional.of(nvrtc), new int[1]);
    CudaBackend backend = new CudaBackend(context(), new Config(true), other);
    Event arrived = events.take(DriverEvents.ARRIVED);
    assertEquals("sm_89", arrived.property("arch"));
    assertEquals(0, arrived.property("copier.lanes"));
    assertEquals(16, arrived.property("slab.wide.rows"));
    backend.stop();
  }

  @Test
  void shouldTakeBackADeviceThatIsLost() throws Exception {
    CudaBackend backend = new CudaBackend(context(), new Config(true), here);
    DeviceDriver driver = events.take(DriverEvents.ARRIVED).driver();
    driver.allocate(16);
    cuda.poison(700);
    assertThrows(LostDeviceException.class, () -> driver.allocate(4));
    assertEquals(driver, events.take(DriverEvents.LEFT).driver());
    backend.stop();
    events.assertNoMore();
  }

  @Test
  void shouldKeepMachineCodeInItsFolder() throws Exception {
    CudaBackend backend = new CudaBackend(context(), new Config(true), here);
    var options = new CompileOptions("one.qk", Map.of("WG_SIZE", "1"), "1.0");
    events.take(DriverEvents.ARRIVED).driver().compile("KERNEL(one)(int n) { }", options);
    backend.stop();
    String[] files = home.resolve("kernels").resolve("cuda").toFile().list();
    assertNotNull(files);
    assertEquals(1, files.length);
  }

  @Test
  void shouldRegisterNothingWithoutDriverDeviceOrCompiler() throws Exception {
    FakeCuda noDevice = new FakeCuda(9, 0);
    noDevice.failNext("init", CudaStatus.NO_DEVICE);
    FakeCuda broken = new FakeCuda(9, 0);
    broken.failNext("init", 803);
    FakeCuda old = new FakeCuda(9, 0);
    old.version(12_030);
    FakeCuda odd = new FakeCuda(9, 0);
    odd.failNext("describe", 999);
    for (Here each :
        List.of(
            new Here(Optional.empty(), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(noDevice), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(broken), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(old), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(odd), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(new FakeCuda(7, 5)), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(new FakeCuda(13, 0)), Optional.of(nvrtc), new int[1]),
            new Here(Optional.of(cuda), Optional.empty(), new int[1]))) {
      new CudaBackend(context(), new Config(true), each).stop();
      events.assertNoMore();
    }
  }

  @Test
  void shouldLeaveCudaAloneWhenItIsDisabled() throws Exception {
    new CudaBackend(context(), new Config(false), here).stop();
    assertEquals(0, cuda.calls("init"));
    events.assertNoMore();
  }

  @Test
  void shouldStartOnAMachineWhateverItHas() throws Exception {
    new CudaBackend(context(), new Config(true)).stop();
  }

  private BundleContext context() {
    return events.context(home);
  }
}
