package io.quire.worker.ring;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.worker.fake.FakePlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Makes any batch that a plan may be given. */
final class RandomBatches {
  static final int BLOCKS = 64;

  /** Tokens from here on mean something to a {@link FakePlan}. */
  private static final int PLAIN = 900;

  private final PlanOptions options;
  private final RandomGenerator random;
  private int previousRows;

  RandomBatches(PlanOptions options, RandomGenerator random) {
    this.options = options;
    this.random = random;
  }

  /**
   * Makes the next batch.
   *
   * @param batch gets it
   * @param long assignments have so many tokens at most
   * @return the batch
   */
  StepBatch next(StepBatch batch, int longest) {
    batch.clear();
    int sequences = random.nextInt(options.maxSequences() + 1);
    int left = options.maxTokens();
    for (int s = 0; s < sequences && left > 0; s++) {
      int count = 1 + random.nextInt(Math.min(left, 9));
      left -= count;
      int length = count + random.nextInt(options.maxSequenceLength() - count + 1);
      batch.addSequence(s, length);
      int first = batch.tokens();
      for (int t = 0; t < count; t++) {
        batch.addToken(random.nextInt(-previousRows, PLAIN));
      }
      for (int t = 0; t < count - 1; t++) {
        if (random.nextInt(4) == 0) {
          batch.addScore(first + t, t + 1, s, random.nextInt(PLAIN));
        }
      }
      if (random.nextBoolean()) {
        batch.addRow(s, random.nextInt(100), StepBatch.SAMPLE);
      }
    }
    addChanges(batch, longest);
    previousRows = batch.rows();
    return batch;
  }

  private void addChanges(StepBatch batch, int longest) {
    for (int i = random.nextInt(200); i > 0; i--) {
      batch.addTableUpdate(
          random.nextInt(options.maxSequences()),
          random.nextInt(options.maxSequenceLength() / options.blockTokens()),
          random.nextInt(BLOCKS));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      batch.addCopy(random.nextInt(BLOCKS), random.nextInt(BLOCKS));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      batch.addAssignment(assignment(longest));
    }
  }

  private SlotAssignment assignment(int longest) {
    int length = random.nextInt(Math.min(longest, options.maxSequenceLength()) + 1);
    int[] tokens = random.ints(length + random.nextInt(5), 0, PLAIN).toArray();
    return new SlotAssignment(
        random.nextInt(options.maxSequences()),
        params(),
        tokens,
        random.nextInt(length + 1),
        length,
        random.nextInt(10),
        random.ints(random.nextInt(4), 0, PLAIN).boxed().toList());
  }

  private SamplingParams params() {
    if (random.nextInt(3) == 0) {
      return SamplingParams.GREEDY;
    }
    Map<Integer, Float> bias = new HashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      bias.put(random.nextInt(PLAIN), random.nextFloat(-100, 100));
    }
    return new SamplingParams(
        random.nextFloat(0, 2),
        random.nextInt(100),
        random.nextFloat(0.1f, 1),
        random.nextFloat(),
        random.nextFloat(0.5f, 2),
        random.nextFloat(-2, 2),
        random.nextFloat(-2, 2),
        bias,
        random.nextLong(),
        random.nextInt(-1, 20));
  }

  /** {@return options for tests} */
  static List<PlanOptions> options() {
    return List.of(
        new PlanOptions(1, 1, 64, 16, 0),
        new PlanOptions(64, 8, 4096, 16, 20),
        new PlanOptions(512, 256, 1 << 17, 16, 5));
  }
}
