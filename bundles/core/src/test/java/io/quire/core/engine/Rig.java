package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.BlockManager;
import io.quire.api.device.SamplingParams;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.Prompt;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.schedule.FcfsScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** An engine on fake devices, driven step by step on the test's thread. */
final class Rig {
  static final GenerationListener IGNORE = event -> {};

  final AtomicLong clock = new AtomicLong(1);
  final EngineOptions options;
  final PagedEngine engine;
  final List<String> ended = new ArrayList<>();
  FakePlan plan;
  LaneOffer offer;

  Rig(EngineOptions options) {
    this.options = options;
    engine = new PagedEngine(parts(options));
  }

  /** An engine with one lane. */
  static Rig of(EngineOptions options, int blocks) {
    Rig rig = new Rig(options);
    rig.addLane(blocks);
    return rig;
  }

  static EngineOptions options(boolean asynchronous, boolean sharing) {
    return new EngineOptions(
        200,
        8,
        32,
        4,
        5,
        1000,
        sharing,
        "",
        Duration.ofSeconds(9),
        Duration.ofSeconds(60),
        asynchronous);
  }

  private EngineParts parts(EngineOptions sizes) {
    ModelInfo info =
        new ModelInfo(
            "fake",
            "fake:",
            "fake",
            sizes.maxModelLength(),
            FakeModel.VOCABULARY,
            1,
            Instant.EPOCH);
    return new EngineParts(
        info,
        new FakeTokenizer(),
        sizes,
        Lease.of("fcfs", FcfsScheduler::new),
        Lease.<BlockManager>of("paged", PagedBlockManager::new),
        clock::get);
  }

  FakePlan addLane(int blocks) {
    plan = new FakePlan(options.planOptions(), blocks);
    offer = new LaneOffer("fake0", plan, blocks, (reason, lost) -> ended.add(reason));
    engine.addLane(offer);
    return plan;
  }

  /** One step, its output handed out at once. */
  boolean step() {
    try {
      boolean moved = engine.step();
      engine.drainOutput();
      return moved;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Steps until nothing moves. */
  void run() {
    int steps = 0;
    while (step()) {
      assertTrue(++steps < 100_000, "the engine does not come to rest");
    }
  }

  Generation submit(GenerationRequest request) {
    return engine.submit(request, IGNORE);
  }

  /** A request of given tokens that samples with a seed. */
  static GenerationRequest.Builder request(String id, int[] prompt, long seed) {
    return GenerationRequest.builder(id, new Prompt.Tokens(prompt)).sampling(sampling(seed, -1));
  }

  static SamplingParams sampling(long seed, int logprobs) {
    return new SamplingParams(1, 0, 1, 0, 1, 0, 0, Map.of(), seed, logprobs);
  }

  static int[] prompt(int length, int from) {
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      ids[i] = 4 + (from + i * 7) % 500;
    }
    return ids;
  }

  /** Every choice must be what the oracle says. */
  static void assertRight(GenerationRequest request, Generation generation) {
    assertTrue(generation.result().isDone(), () -> request + " has not ended");
    List<Generation.Choice> choices = generation.result().join().choices();
    assertEquals(request.choices(), choices.size());
    for (int i = 0; i < choices.size(); i++) {
      Generation.Choice choice = choices.get(i);
      Oracle oracle = Oracle.of(request, i);
      assertTrue(
          oracle.matches(choice),
          () -> request + "\n" + oracle + "\n" + choice + List.of(choice.tokens().length));
    }
  }

  /** Nothing runs, so nothing may be held. */
  void assertNothingHeld() {
    for (Lane lane : engine.loop().lanes()) {
      assertEquals(lane.offer.blocks(), lane.freeBlocks(), "blocks");
      assertEquals(options.maxSequences(), lane.freeSlots(), "slots");
      assertTrue(!lane.busy(), "a sequence was left behind");
    }
    assertTrue(engine.requests().isEmpty(), () -> engine.requests().toString());
    assertEquals(0, engine.stats().waiting());
  }

  /** Collects events. */
  static final class Events implements GenerationListener {
    final List<GenerationEvent> list = new ArrayList<>();

    @Override
    public void onEvent(GenerationEvent event) {
      list.add(event);
    }

    <T extends GenerationEvent> List<T> of(Class<T> type) {
      return list.stream().filter(type::isInstance).map(type::cast).toList();
    }
  }
}
