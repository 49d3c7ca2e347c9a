package io.quire.backend.nvidia.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.gpu.program.BinaryCache;
import io.quire.testkit.driver.DriverRig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of CUDA's errors. */
class LossTest {
  private final FakeCuda cuda = Fakes.hopper();
  private final AtomicInteger losses = new AtomicInteger();
  private final DriverRig rig =
      new DriverRig(Fakes.driver(cuda, new BinaryCache(Optional.empty()), losses::incrementAndGet));
  private final DeviceBuffer buffer = rig.buffer(1, 2);
  private final KernelModule module = rig.compile(1);
  private final Kernel kernel = module.kernel("add");

  @ParameterizedTest
  @ValueSource(
      ints = {4, 214, 220, 226, 400, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 999})
  void shouldLoseTheDeviceWhereverAStickyErrorShows(int code) {
    cuda.poison(code);
    for (Runnable use : uses()) {
      var lost = assertThrows(LostDeviceException.class, use::run);
      assertTrue(lost.getMessage().contains("device cuda0 is lost"), lost::getMessage);
      assertTrue(lost.getMessage().contains("(" + code + ")"), lost::getMessage);
    }
    assertEquals(1, losses.get());
    rig.close();
  }

  private List<Runnable> uses() {
    return List.of(
        () -> rig.driver().allocate(4),
        () -> rig.driver().allocateStaging(4),
        () -> rig.driver().freeMemory(),
        () -> rig.driver().queue(),
        () -> rig.compile(2),
        () -> module.kernel("add"),
        () -> rig.add(kernel, buffer, 1),
        () -> rig.queue().fill(buffer, 0, 4, (byte) 0),
        () -> rig.queue().fence(),
        () -> rig.queue().capture(() -> {}));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 46, 209, 304, 701, 720, 800, 801, 900, 901, 908})
  void shouldRefuseAndGoOnWhereTheDeviceIsSound(int code) {
    for (Map.Entry<String, Runnable> each :
        Map.<String, Runnable>of(
                "launch", () -> rig.add(kernel, buffer, 1),
                "allocateHost", () -> rig.driver().allocateStaging(4),
                "allocate", () -> rig.driver().allocate(4),
                "load", () -> rig.compile(3),
                "function", () -> module.kernel("add"),
                "createStream", () -> rig.driver().queue(),
                "beginCapture", () -> rig.queue().capture(() -> {}),
                "endCapture", () -> rig.queue().capture(() -> {}),
                "instantiate", () -> rig.queue().capture(() -> {}))
            .entrySet()) {
      cuda.failNext(each.getKey(), code);
      var refused = assertThrows(DeviceException.class, () -> each.getValue().run(), each.getKey());
      assertTrue(refused.getMessage().contains("cuda0"), refused::getMessage);
    }
    assertEquals(0, losses.get());
    rig.add(kernel, buffer, 10);
    assertArrayEquals(new int[] {11, 12}, rig.read(buffer));
    rig.close();
    assertEquals(Map.of(), cuda.leftovers());
  }

  @ParameterizedTest
  @ValueSource(strings = {"upload", "download", "copy", "fill", "record"})
  void shouldTakeCopiesThatCannotBeQueuedForALoss(String function) {
    try (StagingBuffer staging = rig.driver().allocateStaging(8);
        DeviceBuffer other = rig.buffer(0, 0)) {
      Map<String, Runnable> uses =
          Map.of(
              "upload", () -> rig.queue().upload(staging, 0, buffer, 0, 8),
              "download", () -> rig.queue().download(buffer, 0, staging, 0, 8),
              "copy", () -> rig.queue().copy(buffer, 0, other, 0, 8),
              "fill", () -> rig.queue().fill(buffer, 0, 8, (byte) 0),
              "record", () -> rig.queue().fence());
      cuda.failNext(function, CudaStatus.INVALID_VALUE);
      assertThrows(LostDeviceException.class, () -> uses.get(function).run());
    }
    rig.close();
    assertEquals(Map.of(), cuda.leftovers());
  }

  @Test
  void shouldTellAThreadThatAwaitsWorkThatFails() {
    cuda.stall();
    rig.add(kernel, buffer, 1);
    var fence = rig.queue().fence();
    cuda.poison(719);
    var lost =
        assertThrows(LostDeviceException.class, () -> fence.await(TimeUnit.SECONDS.toNanos(10)));
    assertTrue(lost.getMessage().contains("CUDA_ERROR_LAUNCH_FAILED (719)"), lost::getMessage);
    assertTrue(fence.reached());
    rig.close();
  }

  @Test
  void shouldNameWhatIsMissingWhenMemoryIsShort() {
    var refused = assertThrows(DeviceException.class, () -> rig.driver().allocate(FakeCuda.MEMORY));
    assertTrue(refused.getMessage().contains("has " + (FakeCuda.MEMORY - 8) + " bytes free"));
    rig.close();
  }

  @Test
  void shouldFreeALostDevice() {
    rig.driver().allocateStaging(16);
    rig.queue().capture(() -> rig.add(kernel, buffer, 1)).orElseThrow();
    rig.queue().fence();
    ((CudaDriver) rig.driver()).guard.lose("a fault that this test has thought up");
    assertThrows(LostDeviceException.class, () -> rig.driver().allocate(4));
    buffer.close();
    module.close();
    rig.close();
    assertEquals(Map.of(), cuda.leftovers());
  }
}
