package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.api.kernel.KernelSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When decode steps are captured and replayed, and when they are not. */
class DecodeGraphsTest {
  /** Buckets of 1, 2, 4 and 8 sequences, for two flights, with and without alternatives. */
  private static final int GRAPHS = 4 * 2 * 2;

  private final PlanRig rig = new PlanRig();

  @BeforeEach
  void capture() {
    rig.driver.captures = Integer.MAX_VALUE;
  }

  @AfterEach
  void close() {
    rig.close();
    assertEquals(Set.of(), rig.driver.open, "left open");
  }

  /** Gives some slots their first block, without any token. */
  private void seat(int sequences) throws Exception {
    StepBatch batch = new StepBatch(PlanRig.OPTIONS);
    for (int s = 0; s < sequences; s++) {
      batch.addTableUpdate(s, 0, s);
    }
    PlanRig.await(rig.plan().submit(batch));
    rig.driver.launched.clear();
  }

  private static StepBatch decode(int sequences) {
    StepBatch batch = new StepBatch(PlanRig.OPTIONS);
    for (int s = 0; s < sequences; s++) {
      batch.addSequence(s, 2);
      batch.addToken(s);
      batch.addRow(s, 1, StepBatch.SAMPLE);
    }
    return batch;
  }

  private StepOutput run(StepBatch batch) throws Exception {
    return PlanRig.await(rig.plan().submit(batch));
  }

  private int replays() {
    return rig.driver.replayed.size();
  }

  @Test
  void shouldCaptureEveryBucketBeforeTheFirstStep() {
    rig.start();
    assertEquals(GRAPHS, rig.driver.captured.size());
    assertTrue(rig.progress.contains("graphs 1/16"), rig.progress.toString());
    assertEquals("graphs 16/16", rig.progress.getLast());
  }

  @Test
  void shouldReplayTheSmallestBucketThatHoldsTheStep() throws Exception {
    rig.start();
    seat(8);
    Map<Integer, Integer> buckets = Map.of(1, 1, 2, 2, 3, 4, 4, 4, 5, 8, 7, 8, 8, 8);
    for (int sequences : List.of(3, 1, 8, 5, 2, 4, 7)) {
      // A step of another kind in between sets other sizes; what is captured keeps its own.
      run(PlanRig.batch(20, 1));
      rig.driver.launched.clear();
      int before = replays();
      assertEquals(sequences, run(decode(sequences)).rows());
      assertEquals(before + 1, replays());
      for (FakeLaunch launch : rig.driver.launched) {
        String size = Map.of("embed", "tokens", "attention.decode", "seqs").get(launch.entry());
        if (size != null || launch.entry().equals("sample")) {
          assertEquals(buckets.get(sequences), launch.number(size == null ? "rows" : size));
        }
      }
    }
    assertEquals(GRAPHS, rig.driver.captured.size(), "no further ones");
  }

  @Test
  void shouldReplayWithTheMemoryOfTheFlightWhoseTurnItIs() throws Exception {
    rig.start();
    seat(2);
    rig.driver.late = true;
    StepFuture first = rig.plan().submit(decode(2));
    StepFuture second = rig.plan().submit(decode(2));
    assertEquals(7, PlanRig.await(first).tokens()[1]);
    StepFuture third = rig.plan().submit(decode(2));
    assertEquals(7, PlanRig.await(second).tokens()[1]);
    assertEquals(7, PlanRig.await(third).tokens()[1]);
    List<FakeQueue.Graph> replayed = rig.driver.replayed;
    assertNotSame(replayed.get(0), replayed.get(1));
    assertSame(replayed.get(0), replayed.get(2));
  }

  @Test
  void shouldLaunchSinglyWhatIsNoDecodeStep() throws Exception {
    rig.start();
    seat(8);
    StepBatch scores = decode(2);
    scores.rowTargets()[1] = 5;
    StepBatch silent = new StepBatch(PlanRig.OPTIONS);
    silent.addSequence(0, 2);
    silent.addToken(1);
    StepBatch updates = decode(1);
    updates.addTableUpdate(0, 1, 9);
    updates.addTableUpdate(0, 2, 10);
    for (StepBatch batch : List.of(scores, silent, updates, PlanRig.batch(2, 1))) {
      run(batch);
    }
    assertEquals(0, replays());
    assertEquals(GRAPHS, rig.driver.captured.size());
  }

  @Test
  void shouldQueueCopiesAndAssignmentsBeforeTheReplay() throws Exception {
    rig.start();
    seat(2);
    StepBatch batch = decode(2);
    batch.addCopy(0, 5);
    batch.addTableUpdate(0, 0, 5);
    SamplingParams penalised = new SamplingParams(0, 0, 1, 0, 2, 0, 0, Map.of(), 0, -1);
    batch.addAssignment(new SlotAssignment(1, penalised, new int[] {3}, 1, 1, 0, List.of()));
    run(batch);
    assertEquals(1, replays());
    assertEquals(
        List.of("sample.assign", "table.update", "tokens.resolve", "embed"),
        rig.driver.launched.stream().limit(4).map(FakeLaunch::entry).toList());
  }

  @Test
  void shouldHaveAGraphOfItsOwnForResultsWithAlternatives() throws Exception {
    rig.start();
    seat(1);
    run(decode(1));
    run(decode(1));
    StepBatch batch = decode(1);
    SamplingParams wordy = new SamplingParams(0, 0, 1, 0, 1, 0, 0, Map.of(), 0, 2);
    batch.addAssignment(new SlotAssignment(0, wordy, new int[0], 0, 0, 0, List.of()));
    run(batch);
    assertEquals(3, Set.copyOf(rig.driver.replayed).size());
  }

  @Test
  void shouldCaptureAgainOnceKernelsAreReplaced() throws Exception {
    rig.start();
    seat(2);
    StepFuture before = rig.plan().submit(decode(2));
    KernelSource better = FakeKernels.source("sample", 10, "8");
    rig.kernels.add(better);
    rig.plan().settle();
    assertEquals(7, PlanRig.await(before).tokens()[0]);
    assertEquals(8, run(decode(2)).tokens()[0]);
    assertEquals(1, replays(), "launched singly for the first time");
    assertEquals(GRAPHS + 1, rig.driver.captured.size());
    assertEquals(8, run(decode(2)).tokens()[0]);
    assertEquals(GRAPHS + 2, rig.driver.captured.size(), "for the other flight");
    assertEquals(8, run(decode(2)).tokens()[0]);
    assertEquals(8, run(decode(2)).tokens()[0]);
    assertEquals(3, replays());
    assertEquals(2, rig.driver.open.stream().filter(FakeQueue.Graph.class::isInstance).count());
  }

  @Test
  void shouldKeepOldGraphsAsLongAsAStepRunsThem() throws Exception {
    rig.start();
    seat(2);
    rig.driver.late = true;
    StepFuture old = rig.plan().submit(decode(2));
    rig.kernels.add(FakeKernels.source("sample", 10, "8"));
    rig.plan().settle();
    StepFuture next = rig.plan().submit(decode(2));
    assertEquals(7, PlanRig.await(old).tokens()[0]);
    StepFuture last = rig.plan().submit(decode(2));
    assertEquals(8, PlanRig.await(next).tokens()[0]);
    assertEquals(8, PlanRig.await(last).tokens()[0]);
  }

  @Test
  void shouldLaunchSinglyWhereTheDeviceCannotCapture() throws Exception {
    for (int captures : List.of(0, 5)) {
      PlanRig other = new PlanRig();
      other.driver.captures = captures;
      other.start();
      assertEquals(7, other.token());
      assertEquals(0, other.driver.replayed.size());
      assertEquals(captures, other.driver.captured.size());
      assertEquals(0, other.driver.open.stream().filter(FakeQueue.Graph.class::isInstance).count());
      other.close();
      assertEquals(Set.of(), other.driver.open);
    }
  }

  @Test
  void shouldLaunchSinglyForGoodOnceACaptureHasFailed() throws Exception {
    rig.start();
    seat(1);
    run(decode(1));
    rig.driver.captureFailure = Optional.of(new DeviceException("no memory for a graph"));
    rig.kernels.add(FakeKernels.source("sample", 10, "8"));
    rig.plan().settle();
    assertEquals(8, run(decode(1)).tokens()[0]);
    rig.driver.captureFailure = Optional.empty();
    for (int i = 0; i < 4; i++) {
      assertEquals(8, run(decode(1)).tokens()[0]);
    }
    assertEquals(1, replays());
    assertEquals(GRAPHS, rig.driver.captured.size());
  }

  @Test
  void shouldCaptureNothingWhereThatIsSwitchedOff() throws Exception {
    rig.device = new GpuOptions(false, 0);
    rig.start();
    assertEquals(7, rig.token());
    assertEquals(0, rig.driver.captured.size());
  }

  @Test
  void shouldBeLostIfTheDeviceIsLostInACapture() throws Exception {
    rig.start();
    seat(1);
    rig.driver.captureFailure = Optional.of(new LostDeviceException("fault"));
    rig.kernels.add(FakeKernels.source("sample", 10, "8"));
    rig.plan().settle();
    assertThrows(LostDeviceException.class, () -> rig.plan().submit(decode(1)));
    assertThrows(LostDeviceException.class, () -> rig.plan().submit(decode(1)));
  }

  @Test
  void shouldLeaveRoomForTheBlockOfPadding() {
    rig.prepare();
    assertEquals(
        rig.driver.freeMemory() - rig.plan().kvLayout().blockBytes(), rig.plan().kvMemory());
    rig.driver.memory -= rig.driver.freeMemory() - 1;
    assertEquals(0, rig.plan().kvMemory());
  }
}
