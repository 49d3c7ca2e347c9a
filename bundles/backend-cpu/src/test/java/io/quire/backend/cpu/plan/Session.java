package io.quire.backend.cpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepOutput;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** Drives a plan by hand and keeps every row of logits: sequences, blocks, steps. */
final class Session implements AutoCloseable {
  private final PlanOptions options;
  private final CpuPlan plan;
  private final StepBatch batch;
  private final float[][] logits;
  private final List<Integer> freeBlocks = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final int vocabulary;

  /** A sequence being fed. */
  static final class Sequence {
    final int slot;
    final int[] tokens;
    final List<float[]> logits = new ArrayList<>();
    int fed;
    final List<Integer> held = new ArrayList<>();
    int blocks;

    Sequence(int slot, int[] tokens) {
      this.slot = slot;
      this.tokens = tokens;
    }
  }

  private record Row(Sequence sequence, int row) {}

  Session(Model model, Kernels kernels, int threads, PlanOptions options, int blocks) {
    this.options = options;
    vocabulary = model.graph().vocabularySize();
    logits = new float[options.maxRows()][];
    plan =
        model.plan(
            kernels,
            threads,
            options,
            (row, data, at) -> {
              logits[row] = new float[vocabulary];
              System.arraycopy(data, at, logits[row], 0, vocabulary);
            });
    plan.allocateKv(blocks);
    batch = new StepBatch(options);
    for (int i = blocks - 1; i >= 0; i--) {
      freeBlocks.add(i);
    }
  }

  /** Hands blocks out in a random order from now on. */
  void shuffle(RandomGenerator random) {
    for (int i = freeBlocks.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      freeBlocks.set(i, freeBlocks.set(j, freeBlocks.get(i)));
    }
  }

  Sequence start(int slot, int[] tokens) {
    batch.addAssignment(
        new SlotAssignment(slot, SamplingParams.GREEDY, tokens, tokens.length, 0, 0, List.of()));
    return new Sequence(slot, tokens);
  }

  /** Ends a sequence, if there is one, and starts another in its place. */
  Sequence restart(Sequence old, int slot, int[] tokens) {
    end(old);
    return start(slot, tokens);
  }

  /** Gives a sequence's blocks back. */
  void end(Sequence sequence) {
    if (sequence != null) {
      freeBlocks.addAll(sequence.held);
      sequence.held.clear();
    }
  }

  /** Feeds the next tokens of a sequence, if any, asking for logits after each or the last. */
  void feed(Sequence sequence, int count, boolean every) {
    if (count == 0) {
      return;
    }
    int end = sequence.fed + count;
    while (sequence.blocks * options.blockTokens() < end) {
      sequence.held.add(freeBlocks.removeLast());
      batch.addTableUpdate(sequence.slot, sequence.blocks++, sequence.held.getLast());
    }
    batch.addSequence(sequence.slot, end);
    for (int i = sequence.fed; i < end; i++) {
      batch.addToken(sequence.tokens[i]);
      if (every || i == end - 1) {
        int target = i + 1 < sequence.tokens.length ? sequence.tokens[i + 1] : 0;
        rows.add(
            new Row(sequence, batch.addScore(batch.tokens() - 1, i + 1, sequence.slot, target)));
      }
    }
    sequence.fed = end;
  }

  StepOutput step() throws InterruptedException, TimeoutException {
    StepOutput output = plan.submit(batch).await(Long.MAX_VALUE);
    for (Row row : rows) {
      row.sequence().logits.add(logits[row.row()]);
    }
    rows.clear();
    batch.clear();
    return output;
  }

  StepBatch batch() {
    return batch;
  }

  CpuPlan plan() {
    return plan;
  }

  @Override
  public void close() {
    plan.close();
  }
}
