package io.quire.worker.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.testkit.Seed;
import io.quire.worker.fake.FakePlan;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Steps through a ring whose sides are threads; the limit is for a hang alone. */
@ExtendWith(Seed.class)
@Timeout(120)
class RingStepsTest {
  private static final PlanOptions OPTIONS = new PlanOptions(64, 8, 4096, 16, 20);
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

  @TempDir private Path folder;

  @Test
  void shouldBringEveryBatchThereAndEveryOutputBack(RandomGenerator random) throws Exception {
    for (PlanOptions options : RandomBatches.options()) {
      for (Ring.Sleep sleep : List.of(new Ring.Sleep(20, true), new Ring.Sleep(0, false))) {
        // The counters wrap around in the middle.
        try (RingPair pair =
            new RingPair(folder, options, sleep, Integer.MAX_VALUE - random.nextInt(300))) {
          run(pair, options, random, 600, 1 << 14);
        }
      }
    }
  }

  @Test
  void shouldTakeBatchesOfAnyLength(RandomGenerator random) throws Exception {
    PlanOptions options = new PlanOptions(16, 4, 1 << 20, 16, 0);
    try (RingPair pair = new RingPair(folder, options, Ring.Sleep.DEFAULT, -2)) {
      run(pair, options, random, 20, 1 << 20);
    }
  }

  /** Two steps are in flight all the time. */
  private static void run(
      RingPair pair, PlanOptions options, RandomGenerator random, int steps, int longest)
      throws Exception {
    RandomBatches batches = new RandomBatches(options, random);
    StepBatch batch = new StepBatch(options);
    StepOutput[] expected = {new StepOutput(options), new StepOutput(options)};
    StepFuture before = null;
    for (int i = 0; i <= steps; i++) {
      StepFuture next = null;
      if (i < steps) {
        FakePlan.compute(batches.next(batch, longest), expected[i % 2]);
        next = pair.client.submit(batch);
      }
      if (before != null) {
        assertSame(expected[(i + 1) % 2], before.await(LIMIT));
        assertTrue(before.isDone());
      }
      before = next;
    }
  }

  private static void assertSame(StepOutput expected, StepOutput actual) {
    int rows = expected.rows();
    assertEquals(rows, actual.rows());
    assertArrayEquals(Arrays.copyOf(expected.tokens(), rows), Arrays.copyOf(actual.tokens(), rows));
    assertArrayEquals(
        Arrays.copyOf(expected.logprobs(), rows), Arrays.copyOf(actual.logprobs(), rows));
    assertArrayEquals(
        Arrays.copyOf(expected.invalid(), rows), Arrays.copyOf(actual.invalid(), rows));
    assertArrayEquals(
        Arrays.copyOf(expected.topCounts(), rows), Arrays.copyOf(actual.topCounts(), rows));
    for (int row = 0; row < rows; row++) {
      int from = row * expected.maxLogprobs();
      int to = from + expected.topCounts()[row];
      assertArrayEquals(
          Arrays.copyOfRange(expected.topTokens(), from, to),
          Arrays.copyOfRange(actual.topTokens(), from, to));
      assertArrayEquals(
          Arrays.copyOfRange(expected.topLogprobs(), from, to),
          Arrays.copyOfRange(actual.topLogprobs(), from, to));
    }
  }

  private static StepBatch one(int token) {
    StepBatch batch = new StepBatch(OPTIONS);
    batch.addSequence(0, 1);
    batch.addToken(token);
    batch.addRow(0, 0, StepBatch.SAMPLE);
    return batch;
  }

  private RingPair pair() throws Exception {
    return new RingPair(folder, OPTIONS, Ring.Sleep.DEFAULT, 0);
  }

  @Test
  void shouldKeepTheFileFromOthersOnceBothHaveIt() throws Exception {
    try (RingPair pair = pair();
        var files = Files.list(folder)) {
      assertEquals(List.of(), files.toList());
      assertEquals(1, pair.client.submit(one(5)).await(LIMIT).rows());
    }
  }

  @Test
  void shouldRefuseABatchBeforeItIsSent() throws Exception {
    try (RingPair pair = pair()) {
      String message =
          assertThrows(DeviceException.class, () -> pair.client.submit(one(FakePlan.VOCABULARY)))
              .getMessage();
      assertTrue(
          message.startsWith("step refused: token id is 1000 but must be 0 to 999"), message);
      assertEquals(1, pair.client.submit(one(5)).await(LIMIT).rows());
    }
  }

  @Test
  void shouldRefuseAThirdStep() throws Exception {
    try (RingPair pair = pair()) {
      StepFuture never = pair.client.submit(one(FakePlan.NEVER));
      pair.client.submit(one(5));
      assertThrows(DeviceException.class, () -> pair.client.submit(one(6)));
      assertFalse(never.isDone());
      assertThrows(TimeoutException.class, () -> never.await(1));
      pair.loss.lose("the test is over");
      pair.client.wake();
      assertThrows(LostDeviceException.class, () -> never.await(LIMIT));
      pair.plan.end();
    }
  }

  @Test
  void shouldRefuseWhatCountsOnARefusedStepAndThenGoOn() throws Exception {
    try (RingPair pair = pair()) {
      StepFuture refused = pair.client.submit(one(FakePlan.REFUSE));
      StepFuture next = pair.client.submit(one(-1));
      String message = assertThrows(DeviceException.class, () -> refused.await(LIMIT)).getMessage();
      assertEquals("the batch has token 990", message);
      message = assertThrows(DeviceException.class, () -> next.await(LIMIT)).getMessage();
      assertEquals("the step was not run, since one before it was refused", message);
      assertEquals(1, pair.client.submit(one(5)).await(LIMIT).rows());
      assertFalse(pair.loss.isLost());
    }
  }

  @Test
  void shouldDeliverNothingAfterALoss() throws Exception {
    try (RingPair pair = pair()) {
      StepFuture lost = pair.client.submit(one(FakePlan.LOSE));
      StepFuture next = pair.client.submit(one(5));
      assertEquals(
          "the batch has token 991",
          assertThrows(LostDeviceException.class, () -> lost.await(LIMIT)).getMessage());
      assertTrue(next.isDone());
      assertThrows(LostDeviceException.class, () -> next.await(LIMIT));
      assertThrows(LostDeviceException.class, () -> pair.client.submit(one(5)));
      assertTrue(pair.loss.isLost());
    }
  }

  @Test
  void shouldKeepOutputsOverItsEnd() throws Exception {
    try (RingPair pair = pair()) {
      StepFuture last = pair.client.submit(one(5));
      pair.stop();
      pair.client.close();
      assertTrue(last.isDone());
      assertEquals(1, last.await(0).rows());
      assertThrows(LostDeviceException.class, () -> pair.client.submit(one(5)));
    }
  }

  @Test
  void shouldEndAWaitWhenInterrupted() throws Exception {
    try (RingPair pair = pair()) {
      StepFuture never = pair.client.submit(one(FakePlan.NEVER));
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> never.await(LIMIT));
      pair.plan.end();
    }
  }

  @Test
  void shouldMakeNoGarbageForAStep() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (RingPair pair = pair()) {
      StepBatch batch = one(5);
      long child = pair.thread().threadId();
      for (int i = 0; i < 2000; i++) {
        pair.client.submit(batch).await(LIMIT);
      }
      long own = threads.getCurrentThreadAllocatedBytes();
      long other = threads.getThreadAllocatedBytes(child);
      for (int i = 0; i < 1000; i++) {
        pair.client.submit(batch).await(LIMIT);
      }
      // A future on either side, and nothing that grows with the batch.
      own = (threads.getCurrentThreadAllocatedBytes() - own) / 1000;
      other = (threads.getThreadAllocatedBytes(child) - other) / 1000;
      assertTrue(own <= 64, own + " bytes a step in the parent");
      assertTrue(other <= 64, other + " bytes a step in the child");
    }
  }

  @Test
  void shouldNotMapARingOfOtherSizes() throws Exception {
    Path file = folder.resolve("ring");
    Ring.create(file, OPTIONS, Ring.Sleep.DEFAULT).close();
    PlanOptions other = new PlanOptions(65, 8, 4096, 16, 20);
    String message =
        assertThrows(java.io.IOException.class, () -> Ring.open(file, other, Ring.Sleep.DEFAULT))
            .getMessage();
    assertTrue(message.contains("parent and child are of different versions"), message);
  }
}
