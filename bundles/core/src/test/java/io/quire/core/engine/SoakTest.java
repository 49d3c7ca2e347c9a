package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quire.api.cache.BlockManager;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.schedule.FcfsScheduler;
import io.quire.core.schedule.PriorityScheduler;
import io.quire.testkit.Seed;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Everything that may happen, in any order, a few hundred requests long. */
@ExtendWith(Seed.class)
class SoakTest {
  private static final int ROUNDS = Integer.getInteger("quire.soak.rounds", 8);
  private static final int REQUESTS = 300;

  private final Map<GenerationRequest, Generation> all = new LinkedHashMap<>();

  /** What has been spoilt once; twice would be a failure, and rightly so. */
  private final Set<Long> spoilt = new HashSet<>();

  @Test
  void shouldGiveEveryRequestItsTokens(RandomGenerator random) {
    for (int round = 0; round < ROUNDS; round++) {
      all.clear();
      spoilt.clear();
      soak(random);
    }
  }

  private void soak(RandomGenerator random) {
    Rig rig = new Rig(Rig.options(random.nextInt(4) > 0, random.nextInt(4) > 0));
    rig.addLane(55 + random.nextInt(120));
    while (all.size() < REQUESTS) {
      for (int i = random.nextInt(3); i > 0; i--) {
        GenerationRequest request = request(random, all.size());
        all.put(request, rig.submit(request));
      }
      disturb(rig, random);
      for (int i = random.nextInt(12); i > 0; i--) {
        rig.step();
      }
    }
    if (rig.engine.loop().lanes().isEmpty()) {
      rig.addLane(60);
    }
    rig.run();
    all.forEach(Rig::assertRight);
    all.values().forEach(g -> assertFalse(g.result().isCompletedExceptionally()));
    rig.assertNothingHeld();
  }

  private GenerationRequest request(RandomGenerator random, int i) {
    // A few beginnings of prompts, so that prefixes are shared.
    int length = 1 + random.nextInt(random.nextInt(5) == 0 ? 90 : 30);
    int[] prompt = Rig.prompt(length, random.nextInt(3));
    int maxTokens = random.nextInt(100);
    boolean scored = random.nextInt(8) == 0;
    GenerationRequest.Builder b =
        Rig.request("r" + i, prompt, 1000L * i)
            .choices(random.nextInt(3) > 0 ? 1 : 1 + random.nextInt(8))
            .maxTokens(scored && random.nextBoolean() ? 0 : maxTokens)
            .ignoreEnd(random.nextInt(3) == 0)
            .promptLogprobs(scored)
            .priority(random.nextInt(3))
            .cacheSalt(random.nextInt(5) == 0 ? "salt" : "");
    if (random.nextInt(4) == 0) {
      b.stop(List.of(letters(random), letters(random)), random.nextBoolean());
    }
    if (random.nextInt(4) == 0) {
      b.stopTokens(random.ints(20, 4, 512).boxed().toList());
    }
    GenerationRequest request = b.build();
    return random.nextInt(4) == 0 && request.maxTokens() > 0
        ? b.minTokens(random.nextInt(request.maxTokens() + 1)).build()
        : request;
  }

  private static String letters(RandomGenerator random) {
    char first = (char) ('a' + random.nextInt(26));
    return random.nextBoolean() ? "" + first + (char) ('a' + random.nextInt(26)) : "" + first;
  }

  private void disturb(Rig rig, RandomGenerator random) {
    switch (random.nextInt(16)) {
      case 0 -> rig.plan.lose();
      case 1 -> rig.engine.removeLane(rig.offer);
      case 2 -> rig.engine.useSchedulers(Lease.of("priority", PriorityScheduler::new));
      case 3 -> rig.engine.useSchedulers(Lease.of("fcfs", FcfsScheduler::new));
      case 4 ->
          rig.engine.useBlockManagers(Lease.<BlockManager>of("paged", PagedBlockManager::new));
      case 5, 6, 7 -> {
        int last = all.size();
        if (last > 0) {
          rig.engine.abort("r" + random.nextInt(Math.max(0, last - 20), last));
        }
      }
      case 8, 9 -> {
        long i = random.nextInt(Math.max(1, all.size()));
        long seed = 1000L * i + random.nextInt(2);
        if (spoilt.add(seed)) {
          rig.plan.spoilt.add(seed);
        }
      }
      case 10, 11 -> {
        if (rig.engine.loop().lanes().size() < 2) {
          rig.addLane(55 + random.nextInt(120));
        }
      }
      default -> rig.step();
    }
  }
}
