package io.quire.bench.step;

import com.sun.management.ThreadMXBean;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.Prompt;
import io.quire.api.schedule.Scheduler;
import io.quire.bench.stats.Draws;
import io.quire.bench.stats.Samples;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.engine.EngineOptions;
import io.quire.core.engine.EngineParts;
import io.quire.core.engine.LaneOffer;
import io.quire.core.engine.Lease;
import io.quire.core.engine.PagedEngine;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Supplier;

/** An engine on an {@link InstantPlan}, driven step by step on the caller's thread. */
final class StepDriver implements AutoCloseable {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int PROMPT = 24;

  private final int sequences;
  private final int steps;
  private final InstantPlan plan;
  private final PagedEngine engine;
  private long taken;

  /**
   * Makes the engine and fills it.
   *
   * @param sequences how many run, all alike but for the length of their prompts
   * @param steps how many decode steps they must last
   * @param seed of the prompts
   * @param schedulers hands out the scheduler
   */
  StepDriver(int sequences, int steps, long seed, Supplier<? extends Scheduler> schedulers)
      throws InterruptedException {
    this.sequences = sequences;
    this.steps = steps;
    int length = Math.addExact(steps, 2 * PROMPT + 64);
    EngineOptions options = EngineOptions.of(length, sequences, Math.max(2048, sequences));
    int blocks = Math.multiplyExact(sequences + 1, length / EngineOptions.BLOCK_TOKENS + 2);
    plan = new InstantPlan(options.planOptions(), PlainTokenizer.VOCABULARY);
    engine =
        new PagedEngine(
            new EngineParts(
                new ModelInfo(
                    "step", "none", "none", length, PlainTokenizer.VOCABULARY, 0, Instant.EPOCH),
                new PlainTokenizer(),
                options,
                Lease.of("fcfs", schedulers),
                Lease.of("paged", PagedBlockManager::new),
                System::nanoTime));
    engine.addLane(new LaneOffer("instant", plan, blocks, (reason, lost) -> {}));
    engine.step();
    fill(new Draws(seed));
  }

  private void fill(Draws draws) throws InterruptedException {
    for (int i = 0; i < sequences; i++) {
      // Different lengths, so that blocks fill up in different steps.
      int[] prompt = new int[PROMPT + i % EngineOptions.BLOCK_TOKENS];
      for (int t = 0; t < prompt.length; t++) {
        prompt[t] = draws.between(0, PlainTokenizer.VOCABULARY);
      }
      GenerationRequest request =
          GenerationRequest.builder("s" + i, new Prompt.Tokens(prompt))
              .maxTokens(steps + 48)
              .ignoreEnd(true)
              .build();
      engine.submit(request, event -> taken++);
      // In small parts, as the queue of an engine is short.
      if (i % 128 == 127) {
        advance();
      }
    }
    while (!steady()) {
      advance();
    }
  }

  private void advance() throws InterruptedException {
    if (!engine.step()) {
      throw new IllegalStateException("the engine has stopped moving before all sequences ran");
    }
    engine.drainOutput();
  }

  /** {@return whether every sequence is in decode} */
  private boolean steady() {
    return plan.lastSequences() == sequences && plan.lastTokens() == sequences;
  }

  /**
   * Measures.
   *
   * @param warmUp steps not counted
   * @param count steps counted
   * @return their cost
   */
  StepCost measure(int warmUp, int count) throws InterruptedException {
    for (int i = 0; i < warmUp; i++) {
      advance();
    }
    Samples micros = new Samples();
    Samples outputMicros = new Samples();
    long bytes = 0;
    long submitted = plan.submitted();
    taken = 0;
    for (int i = 0; i < count; i++) {
      long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
      long before = System.nanoTime();
      engine.step();
      long after = System.nanoTime();
      bytes += THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;
      engine.drainOutput();
      long drained = System.nanoTime();
      micros.add((after - before) / 1e3);
      outputMicros.add((drained - after) / 1e3);
      if (!steady() || plan.submitted() != ++submitted) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "step %d, %d on the device, has %d sequences and %d tokens instead of %d of each",
                submitted,
                plan.submitted(),
                plan.lastSequences(),
                plan.lastTokens(),
                sequences));
      }
    }
    if (taken != (long) count * sequences) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%d tokens were sampled in %d steps, but %d events came out",
              (long) count * sequences,
              count,
              taken));
    }
    return new StepCost(sequences, micros, (double) bytes / count, outputMicros);
  }

  @Override
  public void close() {
    engine.close();
  }
}
