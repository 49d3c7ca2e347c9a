package io.quire.core.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Random requests on tiny caches; {@link FakeEngine} checks the rules in every step. */
@ExtendWith(Seed.class)
class SchedulerSimulationTest {
  private static final int ROUNDS = 60;
  private static final int REQUESTS = 60;
  private static final int MAX_LENGTH = 200;

  private int requests;
  private int preemptions;

  @Test
  void shouldFinishEverythingFirstComeFirstServed(RandomGenerator random) {
    for (int i = 0; i < ROUNDS; i++) {
      finishAll(new FcfsScheduler(), random);
    }
    assertFewPreemptions();
  }

  @Test
  void shouldFinishEverythingByPriority(RandomGenerator random) {
    for (int i = 0; i < ROUNDS; i++) {
      finishAll(new PriorityScheduler(), random);
    }
    assertFewPreemptions();
  }

  @Test
  void shouldLeakNothingWhenRequestsAreAborted(RandomGenerator random) {
    for (int i = 0; i < ROUNDS; i++) {
      FakeEngine engine = engine(scheduler(random), random);
      for (int k = 0; k < REQUESTS; k++) {
        submit(engine, random);
        for (int n = random.nextInt(8); n > 0; n--) {
          engine.step();
        }
        if (random.nextInt(3) == 0 && !engine.live.isEmpty()) {
          List<FakeSequence> live = new ArrayList<>(engine.live);
          engine.abort(live.get(random.nextInt(live.size())));
        }
      }
      drain(engine);
    }
  }

  @Test
  void shouldKeepBlocksWhenTheSchedulerIsReplaced(RandomGenerator random) {
    for (int i = 0; i < ROUNDS; i++) {
      Supplier<Scheduler> kind = random.nextBoolean() ? FcfsScheduler::new : PriorityScheduler::new;
      FakeEngine engine = engine(kind.get(), random);
      for (int k = 0; k < REQUESTS; k++) {
        submit(engine, random);
        for (int n = random.nextInt(10); n > 0; n--) {
          engine.step();
        }
        if (random.nextInt(5) == 0) {
          engine.replaceScheduler(kind.get());
        }
      }
      drain(engine);
    }
  }

  private void finishAll(Scheduler scheduler, RandomGenerator random) {
    FakeEngine engine = engine(scheduler, random);
    for (int i = 0; i < REQUESTS; i++) {
      submit(engine, random);
      for (int n = random.nextInt(20) - 10; n > 0; n--) {
        engine.step();
      }
    }
    drain(engine);
    requests += engine.finished;
    preemptions += engine.preemptions;
  }

  /** Steps until nothing is left; every sequence fits alone, so every second step computes. */
  private static void drain(FakeEngine engine) {
    boolean computed = true;
    while (!engine.live.isEmpty()) {
      boolean now = engine.step();
      assertTrue(computed || now, "nothing moves: " + engine.live);
      computed = now;
    }
    assertEquals(engine.blocks.options().blocks(), engine.blocks.freeBlocks());
    assertEquals(0, engine.scheduler.running() + engine.scheduler.waiting());
  }

  private void assertFewPreemptions() {
    assertTrue(preemptions > requests / 50, "too few to test anything: " + preemptions);
    assertTrue(preemptions < requests, preemptions + " preemptions of " + requests);
  }

  private static Scheduler scheduler(RandomGenerator random) {
    return random.nextBoolean() ? new FcfsScheduler() : new PriorityScheduler();
  }

  private static FakeEngine engine(Scheduler scheduler, RandomGenerator random) {
    int least = Math.ceilDiv(MAX_LENGTH + 1, FakeEngine.BLOCK_TOKENS);
    return new FakeEngine(
        scheduler,
        new SchedulerLimits(random.nextInt(1, 200), random.nextInt(4, 20)),
        least + random.nextInt(40),
        random.nextBoolean());
  }

  private static void submit(FakeEngine engine, RandomGenerator random) {
    int prompt = random.nextInt(1, MAX_LENGTH / 2);
    int[] tokens = new int[prompt + random.nextInt(2, MAX_LENGTH / 2)];
    int common = random.nextInt(tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i < common ? i : random.nextInt(1_000);
    }
    engine.submit(random.nextInt(3), prompt, tokens, random.nextInt(6) == 0 ? 3 : 1);
  }
}
