package io.quire.backend.nvidia.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.Kernel.TensorView;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.backend.nvidia.fake.FakeLaunch;
import io.quire.backend.nvidia.fake.FakeNvrtc;
import io.quire.gpu.program.BinaryCache;
import io.quire.testkit.driver.DriverRig;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How arguments reach a kernel, as far as that can be seen without one. */
class KernelTest {
  private static final String TEXT =
      """
      EXPORT_INT(mix_local, LOCAL)
      KERNEL(mix)(GLOBAL float* out, TENSOR_PARAM(pages), int n, float scale, i64 far, const GLOBAL int* in)
      {
      }
      KERNEL(nothing)(void) {
      }
      """;

  private final FakeCuda cuda = Fakes.hopper();

  private static CompileOptions options(int local, boolean copier) {
    Map<String, String> macros = new HashMap<>();
    macros.put("WG_SIZE", "256");
    macros.put("LOCAL", Integer.toString(local));
    macros.put("COPIER", copier ? "1" : "0");
    return new CompileOptions("mix.qk", macros, "1.0");
  }

  @Test
  void shouldPassEveryKindOfArgumentInItsPlace() {
    try (DriverRig rig = Fakes.rig(cuda);
        KernelModule module = rig.driver().compile(TEXT, options(64, true))) {
      DeviceBuffer buffer = rig.driver().allocate(1 << 16);
      DeviceBuffer part = buffer.slice(1024, 4096);
      Kernel kernel = module.kernel("mix");
      kernel.setFloat(3, 0.25f);
      kernel.setLong(4, 1L << 40);
      kernel.setBuffer(0, buffer);
      kernel.setTensor(1, new TensorView(part, 2, 16, 128, 128, 8));
      kernel.setInt(2, 77);
      kernel.setBuffer(5, part);
      rig.queue().launch(kernel, new LaunchGeometry(3, 2, 1, 256, 64));
      FakeLaunch launch = cuda.launches().getLast();
      assertEquals(new LaunchGeometry(3, 2, 1, 256, 64), launch.geometry());
      long base = launch.longAt(0);
      assertEquals(
          List.of(base + 1024, 16L, 128L, 8L),
          List.of(0, 1, 2, 3).stream()
              .map(i -> launch.arguments().get(1).getAtIndex(ValueLayout.JAVA_LONG, i))
              .toList());
      assertEquals(77, launch.intAt(2));
      assertEquals(0.25f, launch.arguments().get(3).get(ValueLayout.JAVA_FLOAT, 0));
      assertEquals(1L << 40, launch.longAt(4));
      assertEquals(base + 1024, launch.longAt(5));
    }
  }

  @Test
  void shouldDescribeAMatrixOnce() {
    try (DriverRig rig = Fakes.rig(cuda);
        KernelModule module = rig.driver().compile(TEXT, options(64, true));
        DeviceBuffer buffer = rig.driver().allocate(1 << 16)) {
      for (int i = 0; i < 5; i++) {
        module.kernel("mix").setTensor(1, new TensorView(buffer, 2, 16, 128, 128, 8));
      }
      assertEquals(1, cuda.calls("encodeTensor"));
      module.kernel("mix").setTensor(1, new TensorView(buffer, 2, 16, 128, 128, 16));
      assertEquals(2, cuda.calls("encodeTensor"));
    }
  }

  @Test
  void shouldPassATensorsAddressWhereTheTextHasNoCopier() {
    try (DriverRig rig = Fakes.rig(cuda);
        KernelModule module = rig.driver().compile(TEXT, options(64, false))) {
      DeviceBuffer buffer = rig.driver().allocate(4096);
      Kernel kernel = module.kernel("mix");
      kernel.setBuffer(0, buffer);
      kernel.setTensor(1, new TensorView(buffer, 2, 16, 128, 128, 0));
      kernel.setInt(2, 1);
      kernel.setFloat(3, 1);
      kernel.setLong(4, 1);
      kernel.setBuffer(5, buffer);
      rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, 256, 0));
      assertEquals(cuda.launches().getLast().longAt(0), cuda.launches().getLast().longAt(1));
      assertEquals(0, cuda.calls("encodeTensor"));
    }
  }

  @Test
  void shouldRefuseMatricesThatNoEngineCopies() {
    try (DriverRig rig = Fakes.rig(cuda);
        KernelModule module = rig.driver().compile(TEXT, options(64, true));
        DeviceBuffer buffer = rig.driver().allocate(4096)) {
      Kernel kernel = module.kernel("mix");
      for (TensorView view :
          List.of(
              new TensorView(buffer, 4, 8, 64, 64, 8),
              new TensorView(buffer, 2, 8, 64, 68, 8),
              new TensorView(buffer, 2, 8, 64, 64, 0),
              new TensorView(buffer, 2, 8, 64, 64, 257),
              new TensorView(buffer, 2, 0, 64, 64, 8))) {
        assertThrows(DeviceException.class, () -> kernel.setTensor(1, view), view::toString);
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> kernel.setTensor(1, new TensorView(buffer, 2, 33, 64, 64, 8)));
      assertThrows(DeviceException.class, () -> kernel.setBuffer(1, buffer));
    }
  }

  @Test
  void shouldAskForLocalMemoryThatIsNotFree() {
    try (DriverRig rig = Fakes.rig(cuda)) {
      KernelModule big = rig.driver().compile(TEXT, options(200_000, false));
      assertEquals(Map.of("mix_local", 200_000), big.exports());
      int before = cuda.calls("setAttribute");
      Kernel kernel = big.kernel("nothing");
      assertEquals(before, cuda.calls("setAttribute"));
      big.kernel("mix");
      assertEquals(before + 1, cuda.calls("setAttribute"));
      rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, 256, 48 << 10));
      var refused =
          assertThrows(
              DeviceException.class,
              () -> rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, 256, (48 << 10) + 1)));
      assertTrue(refused.getMessage().contains("49152"), refused::getMessage);
    }
  }

  @Test
  void shouldLoadAKernelsCodeBeforeItsFirstLaunch() {
    try (DriverRig rig = Fakes.rig(cuda);
        KernelModule module = rig.compile(1)) {
      module.kernel("add");
      assertEquals(1, cuda.calls("loadFunction"));
      assertTrue(cuda.launches().isEmpty());
    }
  }

  @Test
  void shouldCompileForTheFeaturesOfItsOwnArchitecture() {
    for (var each : Map.of(new FakeCuda(9, 0), "sm_90a", new FakeCuda(8, 9), "sm_89").entrySet()) {
      FakeNvrtc nvrtc = new FakeNvrtc();
      try (DriverRig rig =
          new DriverRig(
              Fakes.driver(each.getKey(), nvrtc, new BinaryCache(Optional.empty()), () -> {}))) {
        rig.compile(1);
      }
      assertEquals(
          List.of(
              List.of(
                  "--gpu-architecture=" + each.getValue(),
                  "--std=c++17",
                  "-default-device",
                  "--use_fast_math",
                  "-diag-suppress=177")),
          nvrtc.asked());
    }
  }

  @Test
  void shouldBeUsableFromAnyThread() throws InterruptedException {
    try (DriverRig rig = Fakes.rig(cuda);
        DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      for (int i = 0; i < 4; i++) {
        Thread.ofPlatform()
            .name("user-" + i)
            .start(() -> {
              rig.add(kernel, buffer, 1);
              rig.finish();
            })
            .join();
      }
      assertEquals(4, rig.read(buffer)[0]);
    }
  }
}
