package io.quire.core.schedule;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.schedule.SchedulerLimits;
import io.quire.testkit.Seed;
import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How much of the cache never holds a token. The trace is chat-like: prompts of 160 and answers of
 * 340 tokens on average, log-normal, as in the ShareGPT trace of Kwon et al. (SOSP 2023, section
 * 6.2); a third of the requests begin with one of four system prompts; arrivals come as room
 * allows, on a cache that is too small for all slots.
 */
@ExtendWith(Seed.class)
class KvWasteTest {
  private static final int REQUESTS = 600;

  @Test
  void shouldWasteLittleOnAChatTrace(RandomGenerator random) {
    FakeEngine engine =
        new FakeEngine(new FcfsScheduler(), new SchedulerLimits(512, 32), 1_000, true);
    for (int i = 0; i < REQUESTS; i++) {
      int prompt = logNormal(160, random);
      int[] tokens = new int[prompt + logNormal(340, random) + 1];
      Arrays.setAll(tokens, k -> random.nextInt(50_000));
      if (random.nextInt(3) == 0) {
        int system = random.nextInt(4);
        Arrays.setAll(tokens, k -> k < 64 ? system : tokens[k]);
      }
      engine.submit(0, prompt, tokens, 1);
      while (engine.live.size() > 48) {
        engine.step();
      }
    }
    while (!engine.live.isEmpty()) {
      engine.step();
    }
    double never = (double) engine.unusedSlots / engine.allocatedSlots;
    double idle = (double) engine.idleSlots / engine.residentSlots;
    System.out.printf(
        Locale.ROOT,
        "KV slots that never held a token: %.2f %%; empty at a moment: %.2f %%; %d preemptions%n",
        100 * never,
        100 * idle,
        engine.preemptions);
    assertTrue(never <= 0.025, "waste " + never);
  }

  /** A length with this mean, at least 4, at most 2,000, with a coefficient of variation of 1. */
  private static int logNormal(int mean, RandomGenerator random) {
    double variance = Math.log(2);
    double length = mean * Math.exp(random.nextGaussian() * Math.sqrt(variance) - variance / 2);
    return (int) Math.clamp(length, 4, 2_000);
  }
}
