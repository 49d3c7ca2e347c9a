package io.quire.backend.amd.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jocl.CL;
import org.junit.jupiter.api.Test;

class GuardTest {
  private final AtomicInteger losses = new AtomicInteger();
  private final Guard guard = new Guard("gpu0", losses::incrementAndGet);

  @Test
  void shouldTellARefusalFromALoss() {
    guard.check(CL.CL_SUCCESS, "a call");
    assertInstanceOf(DeviceException.class, guard.failure(CL.CL_INVALID_VALUE, "a call"));
    guard.enter();
    guard.leave();
    assertEquals(0, losses.get());

    var lost =
        assertThrows(
            LostDeviceException.class, () -> guard.check(CL.CL_DEVICE_NOT_AVAILABLE, "a call"));
    assertTrue(lost.getMessage().contains("device gpu0 is lost: a call failed"), lost::getMessage);
    assertThrows(LostDeviceException.class, guard::enter);
  }

  @Test
  void shouldReportALossOnceWithItsFirstReason() {
    guard.lose("first");
    var later = guard.lose("second");
    assertEquals(1, losses.get());
    assertTrue(later.getMessage().endsWith("first"), later::getMessage);
  }

  @Test
  void shouldTakeQueuedWorkThatFailsForALoss() {
    assertThrows(
        LostDeviceException.class,
        () -> guard.checkWork(CL.CL_MEM_OBJECT_ALLOCATION_FAILURE, "a copy"));
    assertTrue(guard.lost());
  }

  @Test
  void shouldCloseOnceAndOnlyWhenNobodyIsInside() throws InterruptedException {
    AtomicInteger closed = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    guard.enter();
    Thread closer =
        Thread.ofPlatform()
            .name("closer")
            .start(() -> {
              begun.countDown();
              guard.close(closed::incrementAndGet);
            });
    begun.await();
    assertEquals(0, closed.get());
    guard.leave();
    closer.join();
    guard.close(closed::incrementAndGet);
    assertEquals(1, closed.get());
    assertFalse(guard.enterToFree());
    assertThrows(IllegalStateException.class, guard::enter);
  }
}
