package io.quire.bench.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.BlockManager;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import io.quire.bench.stats.Samples;
import io.quire.core.schedule.FcfsScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepBenchmarkTest {
  @Test
  void shouldMeasureEveryStepInSteadyDecode() throws InterruptedException {
    try (StepDriver driver = new StepDriver(20, 60, 1, FcfsScheduler::new)) {
      StepCost cost = driver.measure(10, 50);
      assertEquals(50, cost.micros().count());
      assertEquals(50, cost.outputMicros().count());
      assertTrue(cost.micros().percentile(0) > 0);
      assertTrue(cost.bytes() >= 0);
    }
  }

  @Test
  void shouldFillMoreSequencesThanOnePrefillTakes() throws InterruptedException {
    try (StepDriver driver = new StepDriver(300, 20, 1, FcfsScheduler::new)) {
      assertEquals(300, driver.measure(0, 20).sequences());
    }
  }

  @Test
  void shouldAllowAConstantAndAFewBytesForEachSequence() {
    assertEquals(
        Optional.empty(), StepBenchmark.growth(List.of(cost(1, 5000), cost(101, 5000 + 200))));
  }

  @Test
  void shouldRefuseAnObjectForEachSequence() {
    String message =
        StepBenchmark.growth(List.of(cost(1, 100), cost(64, 100), cost(256, 100 + 24 * 255)))
            .orElseThrow();
    assertTrue(message.startsWith("a step of 256 sequences allocates 6220 bytes"), message);
  }

  @Test
  void shouldSeeASchedulerThatMakesAnObjectForEachSequence() throws InterruptedException {
    List<StepCost> costs = new ArrayList<>();
    for (int sequences : new int[] {1, 64}) {
      try (StepDriver driver = new StepDriver(sequences, 200, 1, Wasteful::new)) {
        costs.add(driver.measure(100, 100));
      }
    }
    String message = StepBenchmark.growth(costs).orElseThrow();
    assertTrue(message.startsWith("a step of 64 sequences allocates"), message);
  }

  /** Schedules well, and makes garbage that cannot be optimised away. */
  private static final class Wasteful implements Scheduler {
    private final Scheduler scheduler = new FcfsScheduler();
    private final List<long[]> garbage = new ArrayList<>(64);

    @Override
    public void open(SchedulerLimits limits, BlockManager blocks) {
      scheduler.open(limits, blocks);
    }

    @Override
    public void add(Sequence sequence) {
      scheduler.add(sequence);
    }

    @Override
    public boolean remove(Sequence sequence) {
      return scheduler.remove(sequence);
    }

    @Override
    public void schedule(Schedule schedule) {
      scheduler.schedule(schedule);
      garbage.clear();
      for (int i = 0; i < schedule.size(); i++) {
        garbage.add(new long[4]);
      }
    }

    @Override
    public List<Sequence> sequences() {
      return scheduler.sequences();
    }

    @Override
    public int running() {
      return scheduler.running();
    }

    @Override
    public int waiting() {
      return scheduler.waiting();
    }
  }

  private static StepCost cost(int sequences, double bytes) {
    return new StepCost(sequences, new Samples(), bytes, new Samples());
  }
}
