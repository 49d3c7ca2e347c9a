package io.quire.core.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.quire.api.cache.BlockManager;
import io.quire.api.cache.CacheOptions;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.core.cache.PagedBlockManager;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class SchedulerScaleTest {
  private static final int PROMPT = 600;
  private static final int STEPS = 400;

  private final BlockManager blocks = new PagedBlockManager();
  private final Scheduler scheduler = new FcfsScheduler();
  private final Schedule schedule = new Schedule();

  /** At 600 to 1,000 tokens no block table has to grow; that a table doubles is not asked about. */
  @Test
  void shouldAllocateNothingPerSequenceWhileDecoding() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int sequences = 1_000;
    start(sequences, 1_000_000);
    decode(100);
    long before = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    decode(STEPS - 100);
    long time = System.nanoTime() - start;
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    System.out.println(
        sequences
            + " sequences: "
            + time / (STEPS - 100) / 1_000
            + " us and "
            + bytes / (STEPS - 100)
            + " bytes a step for schedule, reserve and commit");
    assertEquals(sequences, scheduler.running());
    assertTrue(bytes < (long) sequences * (STEPS - 100), bytes + " bytes allocated");
  }

  private void start(int sequences, int cacheBlocks) {
    blocks.open(new CacheOptions(cacheBlocks, 16, true, ""));
    scheduler.open(new SchedulerLimits(PROMPT * sequences, sequences), blocks);
    for (int i = 0; i < sequences; i++) {
      int[] tokens = new int[PROMPT + STEPS + 1];
      for (int k = 0; k < tokens.length; k++) {
        tokens[k] = i + k;
      }
      scheduler.add(new FakeSequence(i, PROMPT, tokens, blocks.table("")));
    }
    step();
    assertEquals(sequences, schedule.size());
  }

  private void decode(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
  }

  private void step() {
    scheduler.schedule(schedule);
    for (int i = 0; i < schedule.size(); i++) {
      FakeSequence sequence = (FakeSequence) schedule.sequence(i);
      int computed = sequence.computed() + schedule.tokens(i);
      blocks.commit(sequence.blocks(), sequence.tokens, computed);
      sequence.advance(schedule.tokens(i), true);
      sequence.known++;
    }
  }
}
