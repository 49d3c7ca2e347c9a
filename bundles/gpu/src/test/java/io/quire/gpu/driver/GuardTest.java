package io.quire.gpu.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GuardTest {
  private final AtomicInteger losses = new AtomicInteger();
  private final Guard guard = new Guard("gpu0", new Codes(), losses::incrementAndGet);

  /** Codes of an interface that does not exist. */
  private static final class Codes implements ErrorCodes {
    static final int REFUSED = 7;
    static final int GONE = 99;

    @Override
    public String name(int code) {
      return "CODE_" + code;
    }

    @Override
    public boolean lost(int code) {
      return code == GONE;
    }
  }

  @Test
  void shouldTellARefusalFromALoss() {
    guard.check(0, "a call");
    assertInstanceOf(DeviceException.class, guard.failure(Codes.REFUSED, "a call"));
    guard.enter();
    guard.leave();
    assertEquals(0, losses.get());

    var lost = assertThrows(LostDeviceException.class, () -> guard.check(Codes.GONE, "a call"));
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
    assertThrows(LostDeviceException.class, () -> guard.checkWork(Codes.REFUSED, "a copy"));
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
