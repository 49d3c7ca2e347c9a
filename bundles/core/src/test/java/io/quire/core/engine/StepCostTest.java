package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.quire.api.cache.BlockManager;
import io.quire.api.engine.ModelInfo;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.schedule.FcfsScheduler;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a step of decodes costs. Times are reported, not asserted; allocation is asserted. */
class StepCostTest {
  private static final int WARM_STEPS = 170;
  private static final int STEPS = 130;

  private record Cost(long bytesPerStep, long medianNanos) {}

  @Test
  void shouldNotAllocateForEachRunningSequence() throws InterruptedException {
    measure(256);
    Cost few = measure(16);
    Cost many = measure(256);
    Cost most = measure(1000);
    System.out.println("a step of 16: " + few + ", of 256: " + many + ", of 1000: " + most);
    assertTrue(most.bytesPerStep() - few.bytesPerStep() < 984, few + " " + many + " " + most);
  }

  private static Cost measure(int sequences) throws InterruptedException {
    EngineOptions options = EngineOptions.of(512, sequences, Math.max(512, sequences));
    PagedEngine engine =
        new PagedEngine(
            new EngineParts(
                new ModelInfo("steady", "", "", 512, FakeModel.VOCABULARY, 1, Instant.EPOCH),
                new FakeTokenizer(),
                options,
                Lease.of("fcfs", FcfsScheduler::new),
                Lease.<BlockManager>of("paged", PagedBlockManager::new),
                System::nanoTime));
    int blocks = sequences * 32;
    engine.addLane(
        new LaneOffer("steady", new SteadyPlan(options.planOptions()), blocks, (r, l) -> {}));
    for (int i = 0; i < sequences; i++) {
      engine.submit(
          Rig.request("r" + i, Rig.prompt(4, i), i).maxTokens(400).ignoreEnd(true).build(),
          Rig.IGNORE);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < WARM_STEPS; i++) {
      engine.step();
      engine.drainOutput();
    }
    long[] nanos = new long[STEPS];
    long bytes = 0;
    for (int i = 0; i < STEPS; i++) {
      long allocated = threads.getCurrentThreadAllocatedBytes();
      long begin = System.nanoTime();
      engine.step();
      nanos[i] = System.nanoTime() - begin;
      bytes += threads.getCurrentThreadAllocatedBytes() - allocated;
      engine.drainOutput();
    }
    assertEquals(sequences, engine.stats().running());
    engine.close();
    Arrays.sort(nanos);
    return new Cost(bytes / STEPS, nanos[STEPS / 2]);
  }
}
