package io.quire.backend.cpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.testkit.device.TinyModel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Two steps in flight, failures, the end. */
class LifecycleTest {
  private static final PlanOptions OPTIONS = new PlanOptions(32, 4, 64, 16, 0);

  private static CpuPlan plan(StepRunner.LogitsTap tap) {
    TinyModel tiny = new TinyModel();
    CpuPlan plan =
        new Model(tiny.graph(), tiny, () -> {}).plan(new VectorKernels(), 3, OPTIONS, tap);
    plan.allocateKv(4);
    return plan;
  }

  private static StepBatch batch(int sequences) {
    StepBatch batch = new StepBatch(OPTIONS);
    for (int s = 0; s < sequences; s++) {
      batch.addTableUpdate(s, 0, s);
      batch.addSequence(s, 1);
      batch.addToken(s);
      batch.addRow(s, 0, StepBatch.SAMPLE);
    }
    return batch;
  }

  @Test
  void shouldRefuseAThirdStepInFlight() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (CpuPlan plan = plan((row, logits, at) -> await(go))) {
      StepFuture first = plan.submit(batch(1));
      StepFuture second = plan.submit(batch(1));
      assertThrows(TimeoutException.class, () -> first.await(1));
      assertFalse(first.isDone());
      DeviceException e = assertThrows(DeviceException.class, () -> plan.submit(batch(1)));
      assertTrue(e.getMessage().contains("two are in flight"), e.getMessage());
      go.countDown();
      assertEquals(1, first.await(TimeUnit.MINUTES.toNanos(1)).rows());
      assertEquals(1, second.await(TimeUnit.MINUTES.toNanos(1)).rows());
      assertTrue(second.isDone());
    }
  }

  @Test
  void shouldBeLostAfterAnErrorInAWorker() throws Exception {
    for (Runnable fault : new Runnable[] {LifecycleTest::error, LifecycleTest::exception}) {
      try (CpuPlan plan =
          plan((row, logits, at) -> {
            if (row == 2) {
              fault.run();
            }
          })) {
        StepFuture good = plan.submit(batch(2));
        StepFuture bad = plan.submit(batch(4));
        assertEquals(2, good.await(TimeUnit.MINUTES.toNanos(1)).rows());
        LostDeviceException lost =
            assertThrows(LostDeviceException.class, () -> bad.await(TimeUnit.MINUTES.toNanos(1)));
        assertEquals("fault for a test", lost.getCause().getMessage());
        assertThrows(LostDeviceException.class, () -> plan.submit(batch(1)));
      }
    }
  }

  @Test
  void shouldBeLostWhenASequenceHasNoBlocks() throws Exception {
    try (CpuPlan plan = plan((row, logits, at) -> {})) {
      StepBatch batch = new StepBatch(OPTIONS);
      batch.addSequence(3, 17);
      batch.addToken(1);
      StepFuture step = plan.submit(batch);
      LostDeviceException lost =
          assertThrows(LostDeviceException.class, () -> step.await(TimeUnit.MINUTES.toNanos(1)));
      assertInstanceOf(DeviceException.class, lost.getCause());
      assertTrue(lost.getMessage().contains("block number 0"), lost.getMessage());
    }
  }

  @Test
  void shouldMarkRowsWithoutADistribution() throws Exception {
    try (CpuPlan plan = plan((row, logits, at) -> spoil(row, logits, at))) {
      var out = plan.submit(batch(4)).await(TimeUnit.MINUTES.toNanos(1));
      assertTrue(out.invalid()[0], "a NaN");
      assertTrue(out.invalid()[1], "no finite number");
      assertFalse(out.invalid()[2], "one finite number");
      assertEquals(5, out.tokens()[2]);
      assertFalse(out.invalid()[3]);
    }
  }

  private static void spoil(int row, float[] logits, int at) {
    if (row == 0) {
      logits[at + 50] = Float.NaN;
    } else if (row < 3) {
      for (int i = 0; i < TinyModel.VOCABULARY; i++) {
        logits[at + i] = Float.NEGATIVE_INFINITY;
      }
      if (row == 2) {
        logits[at + 5] = -1;
      }
    }
  }

  @Test
  void shouldEndItsThreads() {
    CpuPlan plan = plan((row, logits, at) -> {});
    long before = threads();
    assertTrue(before >= 3, before + " threads");
    plan.close();
    assertTrue(threads() <= before - 3, "threads of the plan are left");
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("quire-test-") && t.isDaemon())
        .count();
  }

  @Test
  void shouldSayWhyMemoryIsShort() {
    TinyModel tiny = new TinyModel();
    try (CpuPlan plan =
        new Model(tiny.graph(), tiny, () -> {})
            .plan(new VectorKernels(), 1, OPTIONS, (row, logits, at) -> {})) {
      DeviceException e =
          assertThrows(DeviceException.class, () -> plan.allocateKv(Integer.MAX_VALUE));
      assertTrue(e.getMessage().contains("fewer blocks"), e.getMessage());
      plan.allocateKv(2);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(1, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void error() {
    throw new StackOverflowError("fault for a test");
  }

  private static void exception() {
    throw new IllegalStateException("fault for a test");
  }
}
