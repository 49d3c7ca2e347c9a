package io.quire.api.device;

import java.util.List;

/**
 * Refuses a batch whose numbers would lead outside a plan's memory, before anything of it runs. A
 * plan asks at the head of {@link Plan#submit}; one that sends batches to another process asks on
 * either side. Nothing is allocated unless a batch is refused.
 *
 * <p>Checked are, each against the plan's {@link PlanOptions}, vocabulary and cache:
 *
 * <ul>
 *   <li>how many tokens, sequences and rows there are, and that each sequence has a token;
 *   <li>token ids: of the vocabulary, or {@code -(r + 1)} of a row {@code r} of the step before;
 *   <li>sequences and rows: slots, lengths in tokens, the rows' tokens and targets;
 *   <li>table updates and copies: slots, indices, blocks;
 *   <li>assignments: slots, lengths in tokens, the tokens themselves where penalties count them,
 *       and how many end tokens and biases a plan has room for.
 * </ul>
 *
 * <p>Not checked is whether each block of a sequence is in the block table: only the plan knows it.
 */
public final class BatchCheck {
  private static final String SMALLER =
      "Put less into one step, or prepare the plan with larger sizes.";
  private static final String TOKEN =
      "Take ids of the model's vocabulary, or -(r + 1) for a row r of the step before.";
  private static final String SLOT =
      "Take slots below the plan's number of sequences, or prepare it for more.";
  private static final String LENGTH =
      "Give the length with this step's tokens; for a longer one prepare the plan with a greater"
          + " sequence length.";
  private static final String ROW = "Ask for rows after tokens of this step only.";
  private static final String TARGET = "Score tokens of the model's vocabulary, or sample.";
  private static final String INDEX =
      "A table has as many entries as the longest sequence has blocks; prepare the plan with a"
          + " greater sequence length for more.";
  private static final String BLOCK = "Take blocks of this plan's KV cache, or allocate more.";
  private static final String ASSIGNMENT = "Assign no more tokens than there are.";
  private static final String SAMPLING = "Ask for less of it in the request.";

  private final PlanOptions options;
  private final int vocabulary;
  private final int tableLength;
  private final int maxEndTokens;
  private final int maxBiases;

  /**
   * For a plan that takes any number of end tokens and biases.
   *
   * @param options the plan's sizes
   * @param vocabulary how many tokens the model has
   */
  public BatchCheck(PlanOptions options, int vocabulary) {
    this(options, vocabulary, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  /**
   * For a plan with so much room for a slot's sampling state.
   *
   * @param options the plan's sizes
   * @param vocabulary how many tokens the model has
   * @param maxEndTokens most {@link SlotAssignment#endTokens()} of a slot
   * @param maxBiases most {@link SamplingParams#logitBias()} of a slot
   */
  public BatchCheck(PlanOptions options, int vocabulary, int maxEndTokens, int maxBiases) {
    this.options = options;
    this.vocabulary = vocabulary;
    this.maxEndTokens = maxEndTokens;
    this.maxBiases = maxBiases;
    tableLength = Math.ceilDiv(options.maxSequenceLength(), options.blockTokens());
  }

  /**
   * Checks a batch. Nothing is kept of it.
   *
   * @param batch the batch
   * @param previousRows rows of the step before on the same plan; 0 before the first one
   * @param blocks of the KV cache; 0 before it is allocated
   * @throws DeviceException if a number is out of range or there is no cache; the message has the
   *     number's name, its value and its range
   */
  public void check(StepBatch batch, int previousRows, int blocks) {
    if (blocks == 0) {
      throw new DeviceException(
          "step refused: the KV cache is not allocated yet, it has 0 blocks. Nothing of the step"
              + " was run. Allocate the cache before the first step.");
    }
    range("tokens", batch.tokens(), 0, options.maxTokens(), SMALLER);
    range("sequences", batch.sequences(), 0, options.maxSequences(), SMALLER);
    range("rows", batch.rows(), 0, options.maxRows(), SMALLER);
    for (int t = 0; t < batch.tokens(); t++) {
      range("token id", batch.tokenIds()[t], -previousRows, vocabulary - 1, TOKEN);
    }
    checkSequences(batch);
    checkRows(batch);
    checkBlocks(batch, blocks);
    // By index: an iterator would be garbage.
    List<SlotAssignment> assignments = batch.assignments();
    for (int i = 0; i < assignments.size(); i++) {
      check(assignments.get(i));
    }
  }

  private void checkSequences(StepBatch batch) {
    for (int s = 0; s < batch.sequences(); s++) {
      int count = batch.queryStart()[s + 1] - batch.queryStart()[s];
      range("tokens of a sequence", count, 1, options.maxTokens(), SMALLER);
      range("slot", batch.sequenceSlots()[s], 0, options.maxSequences() - 1, SLOT);
      range("length", batch.sequenceLengths()[s], count, options.maxSequenceLength(), LENGTH);
    }
  }

  private void checkRows(StepBatch batch) {
    for (int r = 0; r < batch.rows(); r++) {
      range("row's token", batch.rowTokens()[r], 0, batch.tokens() - 1, ROW);
      range("row's slot", batch.rowSlots()[r], 0, options.maxSequences() - 1, SLOT);
      range("row's target", batch.rowTargets()[r], StepBatch.SAMPLE, vocabulary - 1, TARGET);
    }
  }

  private void checkBlocks(StepBatch batch, int blocks) {
    int[] updates = batch.tableUpdates();
    for (int i = 0; i < batch.tableUpdateCount(); i++) {
      range("updated slot", updates[3 * i], 0, options.maxSequences() - 1, SLOT);
      range("updated index", updates[3 * i + 1], 0, tableLength - 1, INDEX);
      range("updated block", updates[3 * i + 2], 0, blocks - 1, BLOCK);
    }
    for (int i = 0; i < 2 * batch.copyCount(); i++) {
      range("copied block", batch.copies()[i], 0, blocks - 1, BLOCK);
    }
  }

  private void check(SlotAssignment a) {
    range("assigned slot", a.slot(), 0, options.maxSequences() - 1, SLOT);
    int most = Math.min(a.tokens().length, options.maxSequenceLength());
    range("assigned length", a.length(), 0, most, ASSIGNMENT);
    range("assigned prompt length", a.promptLength(), 0, Integer.MAX_VALUE, ASSIGNMENT);
    range("number of end tokens", a.endTokens().size(), 0, maxEndTokens, SAMPLING);
    range("number of biases", a.params().logitBias().size(), 0, maxBiases, SAMPLING);
    // Only tokens that are counted lead to memory.
    int counted = a.params().penalised() ? a.length() : 0;
    for (int i = 0; i < counted; i++) {
      range("assigned token", a.tokens()[i], 0, vocabulary - 1, TOKEN);
    }
  }

  private static void range(String what, int value, int least, int most, String remedy) {
    if (value < least || value > most) {
      throw new DeviceException(
          "step refused: "
              + what
              + " is "
              + value
              + " but must be "
              + least
              + " to "
              + most
              + ". Nothing of the step was run. "
              + remedy);
    }
  }
}
