package io.quire.backend.nvidia.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.CommandQueue.Fence;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.testkit.driver.DriverRig;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class FenceTest {
  private final FakeCuda cuda = Fakes.hopper();

  @Test
  void shouldGiveUpWhenTheTimeIsOver() {
    try (DriverRig rig = Fakes.rig(cuda)) {
      cuda.stall();
      Fence fence = rig.queue().fence();
      assertFalse(fence.reached());
      assertFalse(fence.await(0));
      assertFalse(fence.await(TimeUnit.MILLISECONDS.toNanos(2)));
      cuda.goOn();
      assertTrue(fence.await(0));
      assertTrue(fence.reached());
    }
  }

  @Test
  void shouldNotLookAllTheTimeDuringALongWait() {
    try (DriverRig rig = Fakes.rig(cuda)) {
      cuda.stall();
      Fence fence = rig.queue().fence();
      fence.await(TimeUnit.MILLISECONDS.toNanos(5));
      int before = cuda.calls("query");
      long begin = System.nanoTime();
      fence.await(TimeUnit.MILLISECONDS.toNanos(50));
      long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin);
      int looks = cuda.calls("query") - before;
      assertTrue(looks < micros / 4, () -> looks + " looks in " + micros + " us");
      cuda.goOn();
    }
  }

  @Test
  void shouldWaitOnInSpiteOfAnInterrupt() throws InterruptedException {
    try (DriverRig rig = Fakes.rig(cuda)) {
      cuda.stall();
      Fence fence = rig.queue().fence();
      AtomicBoolean interrupted = new AtomicBoolean();
      Thread waiting =
          Thread.ofPlatform()
              .name("waiting")
              .start(() -> {
                assertTrue(fence.await(TimeUnit.MINUTES.toNanos(1)));
                interrupted.set(Thread.interrupted());
              });
      waiting.interrupt();
      assertFalse(waiting.join(Duration.ofMillis(20)));
      cuda.goOn();
      assertTrue(waiting.join(Duration.ofSeconds(20)));
      assertTrue(interrupted.get());
    }
  }

  @Test
  void shouldUseEventsAgain() {
    try (DriverRig rig = Fakes.rig(cuda)) {
      for (int i = 0; i < 1000; i++) {
        assertTrue(rig.queue().fence().reached());
        rig.queue().fence(); // Nobody looks at this one.
      }
      assertTrue(cuda.calls("createEvent") <= 2, () -> cuda.calls("createEvent") + " events");
      assertEquals(2000, cuda.calls("record"));
    }
  }
}
