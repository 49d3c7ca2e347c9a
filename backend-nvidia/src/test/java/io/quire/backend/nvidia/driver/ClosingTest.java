package io.quire.backend.nvidia.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.KernelModule;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.gpu.program.BinaryCache;
import io.quire.testkit.driver.DriverRig;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is left of a driver that is closed, and of what it gave out: nothing. */
class ClosingTest {
  private final FakeCuda cuda = Fakes.hopper();

  @Test
  void shouldCostNothingUntilItIsUsed() {
    Fakes.driver(cuda, new BinaryCache(Optional.empty()), () -> {}).close();
    assertEquals(0, cuda.calls("retain"));
  }

  @Test
  void shouldLeaveNothingHoweverOftenItIsOpened() {
    for (int i = 0; i < 100; i++) {
      DriverRig rig = Fakes.rig(cuda);
      DeviceBuffer buffer = rig.buffer(1, 2, 3);
      buffer.slice(0, 4);
      rig.driver().allocateStaging(64);
      rig.add(rig.compile(1).kernel("add"), buffer, 1);
      rig.queue().capture(() -> rig.queue().fill(buffer, 0, 4, (byte) 1)).orElseThrow().replay();
      rig.queue().fence();
      rig.driver().queue().fence();
      rig.close(); // Everything else is still open.
      assertEquals(Map.of(), cuda.leftovers());
    }
  }

  @Test
  void shouldGiveBackEachThingWhenItIsClosed() {
    try (DriverRig rig = Fakes.rig(cuda)) {
      rig.finish();
      Map<String, Integer> before = cuda.leftovers();
      DeviceBuffer buffer = rig.buffer(1);
      KernelModule module = rig.compile(1);
      KernelModule twin = rig.compile(1);
      var kernel = module.kernel("add");
      var graph = rig.queue().capture(() -> rig.add(kernel, buffer, 1)).orElseThrow();
      var queue = rig.driver().queue();
      queue.fence();
      graph.close();
      module.close();
      assertTrue(cuda.leftovers().containsKey("FakeModule"), "its twin uses the program");
      twin.close();
      buffer.close();
      buffer.close();
      queue.close();
      assertEquals(before, cuda.leftovers());
    }
  }

  @Test
  void shouldFreeMemoryOnlyWhenWhatUsesItIsDone() throws InterruptedException {
    try (DriverRig rig = Fakes.rig(cuda)) {
      DeviceBuffer buffer = rig.buffer(1);
      cuda.stall();
      rig.queue().fill(buffer, 0, 4, (byte) 0);
      CountDownLatch begun = new CountDownLatch(1);
      Thread closer =
          Thread.ofPlatform()
              .name("closer")
              .start(() -> {
                begun.countDown();
                buffer.close();
              });
      begun.await();
      assertFalse(closer.join(Duration.ofMillis(20)), "it waits for the fill");
      assertTrue(cuda.leftovers().containsKey("memory"));
      cuda.goOn();
      assertTrue(closer.join(Duration.ofSeconds(20)));
      assertFalse(cuda.leftovers().containsKey("memory"));
    }
  }

  @Test
  void shouldRefuseToCloseAnythingWhileItsThreadRecords() {
    try (DriverRig rig = Fakes.rig(cuda)) {
      DeviceBuffer buffer = rig.buffer(1);
      assertThrows(IllegalStateException.class, () -> rig.queue().capture(buffer::close));
      rig.queue().fill(buffer, 0, 4, (byte) 3);
      assertEquals(0x03030303, rig.read(buffer)[0]);
    }
  }

  @Test
  void shouldLetAnotherThreadWaitUntilWorkIsRecorded() throws Exception {
    try (DriverRig rig = Fakes.rig(cuda)) {
      DeviceBuffer buffer = rig.buffer(1);
      DeviceBuffer other = rig.buffer(1);
      CountDownLatch begun = new CountDownLatch(1);
      Thread closer =
          Thread.ofPlatform()
              .name("closer")
              .unstarted(() -> {
                begun.countDown();
                other.close();
              });
      var graph =
          rig.queue()
              .capture(() -> {
                closer.start();
                try {
                  assertTrue(begun.await(20, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                rig.queue().fill(buffer, 0, 4, (byte) 1);
              })
              .orElseThrow();
      closer.join();
      graph.replay();
      assertEquals(0x01010101, rig.read(buffer)[0]);
    }
  }
}
