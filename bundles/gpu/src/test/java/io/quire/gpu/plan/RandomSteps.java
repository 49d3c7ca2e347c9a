package io.quire.gpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Steps as an engine makes them: sequences come, are fed in pieces, draw tokens, and go. */
final class RandomSteps {
  /** Blocks that a plan must have, besides those of its sequences. */
  static final int SPARE = 2;

  private final PlanOptions options;
  private final RandomGenerator random;
  private final List<Integer> slots = new ArrayList<>();
  private final List<Integer> blocks = new ArrayList<>();
  private final List<Sequence> sequences = new ArrayList<>();

  /** Mostly nobody arrives, or only with a single token, and nothing unusual happens. */
  private boolean quiet;

  private static final class Sequence {
    final int slot;
    final int prompt;
    final List<Integer> blocks = new ArrayList<>();
    int length;
    int row = -1;

    Sequence(int slot, int prompt) {
      this.slot = slot;
      this.prompt = prompt;
    }
  }

  RandomSteps(PlanOptions options, long seed) {
    this.options = options;
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int slot = 0; slot < options.maxSequences(); slot++) {
      slots.add(slot);
    }
    for (int block = 0; block < blocks(options); block++) {
      blocks.add(block);
    }
  }

  /** {@return blocks that are never short} */
  static int blocks(PlanOptions options) {
    int each = Math.ceilDiv(options.maxSequenceLength(), options.blockTokens());
    return options.maxSequences() * each + SPARE;
  }

  private boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  private <T> T take(List<T> from) {
    return from.remove(random.nextInt(from.size()));
  }

  /** Makes the next step. */
  void fill(StepBatch batch) {
    batch.clear();
    sequences.removeIf(this::leaves);
    quiet = !sequences.isEmpty() && !oneIn(5);
    int arriving = quiet ? (oneIn(4) ? 1 : 0) : 1 + random.nextInt(options.maxSequences());
    for (int i = 0; i < arriving && !slots.isEmpty(); i++) {
      arrive(batch, quiet ? 1 : 1 + random.nextInt(options.maxSequenceLength() - 1));
    }
    for (int s = 0; s < sequences.size(); s++) {
      int others = sequences.size() - s - 1;
      feed(sequences.get(s), batch, options.maxTokens() - batch.tokens() - others);
    }
  }

  private boolean leaves(Sequence sequence) {
    boolean over = sequence.length >= options.maxSequenceLength() || oneIn(25);
    if (over) {
      slots.add(sequence.slot);
      blocks.addAll(sequence.blocks);
    }
    return over;
  }

  private void arrive(StepBatch batch, int prompt) {
    Sequence sequence = new Sequence(take(slots), prompt);
    sequences.add(sequence);
    int logprobs = oneIn(8) ? random.nextInt(options.maxLogprobs() + 1) : -1;
    SamplingParams params =
        new SamplingParams(
            oneIn(2) ? 0 : 0.7f,
            0,
            1,
            0,
            oneIn(3) ? 1.5f : 1,
            0,
            0,
            oneIn(5) ? Map.of(1, 2f) : Map.of(),
            random.nextLong(),
            logprobs);
    int[] tokens = random.ints(prompt, 0, TinyModel.VOCABULARY).toArray();
    batch.addAssignment(
        new SlotAssignment(sequence.slot, params, tokens, prompt, prompt, 0, List.of(3)));
  }

  private void feed(Sequence sequence, StepBatch batch, int most) {
    int missing = Math.min(most, sequence.prompt - sequence.length);
    int from = sequence.length;
    sequence.length += missing > 1 && !quiet ? 1 + random.nextInt(missing) : Math.max(1, missing);
    addBlocks(sequence, batch);
    batch.addSequence(sequence.slot, sequence.length);
    for (int p = from; p < sequence.length; p++) {
      boolean drawn = sequence.row >= 0 && !oneIn(5);
      batch.addToken(drawn ? -(sequence.row + 1) : random.nextInt(TinyModel.VOCABULARY));
      sequence.row = -1;
      if (sequence.length < sequence.prompt && oneIn(9)) {
        batch.addScore(batch.tokens() - 1, p + 1, sequence.slot, 5);
      }
    }
    if (sequence.length >= sequence.prompt) {
      int target = !quiet && oneIn(20) ? 7 : StepBatch.SAMPLE;
      sequence.row = batch.addRow(sequence.slot, sequence.length - sequence.prompt, target);
    }
  }

  private void addBlocks(Sequence sequence, StepBatch batch) {
    List<Integer> its = sequence.blocks;
    int clean = !quiet && oneIn(10) ? 0 : its.size();
    if (!its.isEmpty() && oneIn(20)) {
      // Its last block is shared, so to say: it goes on with a copy.
      int copy = take(blocks);
      batch.addCopy(its.getLast(), copy);
      blocks.add(its.removeLast());
      its.add(copy);
      clean = Math.min(clean, its.size() - 1);
    }
    while (its.size() * options.blockTokens() < sequence.length) {
      its.add(take(blocks));
    }
    for (int i = clean; i < its.size(); i++) {
      batch.addTableUpdate(sequence.slot, i, its.get(i));
    }
  }
}
