package io.quire.api.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The work of one step: some tokens of some sequences, in any mix of prefill chunks and decodes.
 * Flat arrays of whole numbers, so that a device can take it in a few bulk copies, from another
 * process too. Filled by the engine, read by the plan, reused.
 *
 * <p>In order: block copies, table updates and slot assignments take effect first; then tokens are
 * computed, sequence by sequence: sequence {@code s} has the tokens {@code queryStart[s]} to {@code
 * queryStart[s + 1]}, which are the last ones of its {@code sequenceLength[s]}; then rows are
 * sampled or scored.
 *
 * <p>A token id {@code -(r + 1)} stands for the token sampled in row {@code r} of the previous step
 * on the same plan.
 *
 * <p>The KV slot of position {@code p} of a sequence is {@code table[slot][p / blockTokens] *
 * blockTokens + p % blockTokens}.
 */
public final class StepBatch {
  /** {@link #rowTargets()} of a row that is sampled. */
  public static final int SAMPLE = -1;

  private final int[] tokenIds;
  private final int[] sequenceSlots;
  private final int[] queryStart;
  private final int[] sequenceLengths;
  private final int[] rowTokens;
  private final int[] rowSlots;
  private final int[] rowPositions;
  private final int[] rowOutputs;
  private final int[] rowTargets;
  private final List<SlotAssignment> assignments = new ArrayList<>();
  private int[] tableUpdates = new int[192];
  private int[] copies = new int[32];
  private int tokens;
  private int sequences;
  private int rows;
  private int tableUpdateCount;
  private int copyCount;

  /**
   * Allocates an empty batch.
   *
   * @param options the plan's sizes
   */
  public StepBatch(PlanOptions options) {
    tokenIds = new int[options.maxTokens()];
    sequenceSlots = new int[options.maxSequences()];
    queryStart = new int[options.maxSequences() + 1];
    sequenceLengths = new int[options.maxSequences()];
    int maxRows = options.maxRows();
    rowTokens = new int[maxRows];
    rowSlots = new int[maxRows];
    rowPositions = new int[maxRows];
    rowOutputs = new int[maxRows];
    rowTargets = new int[maxRows];
  }

  /** Empties the batch. */
  public void clear() {
    tokens = 0;
    sequences = 0;
    rows = 0;
    tableUpdateCount = 0;
    copyCount = 0;
    assignments.clear();
  }

  /**
   * Begins a sequence; its tokens follow.
   *
   * @param slot its slot
   * @param sequenceLength its length with this step's tokens
   */
  public void addSequence(int slot, int sequenceLength) {
    sequenceSlots[sequences] = slot;
    sequenceLengths[sequences] = sequenceLength;
    sequences++;
    queryStart[sequences] = tokens;
  }

  /**
   * Adds a token to the last sequence.
   *
   * @param id a token id, or {@code -(row + 1)} for a row of the previous step
   */
  public void addToken(int id) {
    tokenIds[tokens++] = id;
    queryStart[sequences] = tokens;
  }

  /**
   * Adds tokens to the last sequence.
   *
   * @param ids where they are
   * @param from the first
   * @param count how many
   */
  public void addTokens(int[] ids, int from, int count) {
    System.arraycopy(ids, from, tokenIds, tokens, count);
    tokens += count;
    queryStart[sequences] = tokens;
  }

  /**
   * Asks for the logits after the last token added.
   *
   * @param slot whose sampling state is used
   * @param outputs output tokens that its sequence has, those in flight included; for {@link
   *     SlotAssignment#minTokens()}
   * @param target {@link #SAMPLE}, or a token to score instead
   * @return the row's number
   */
  public int addRow(int slot, int outputs, int target) {
    rowTokens[rows] = tokens - 1;
    rowSlots[rows] = slot;
    rowPositions[rows] = sequenceLengths[sequences - 1];
    rowOutputs[rows] = outputs;
    rowTargets[rows] = target;
    return rows++;
  }

  /**
   * Asks for the score of a prompt token, given those before it.
   *
   * @param token index of the token before, in this batch
   * @param position the scored token's position in its sequence
   * @param slot whose number of alternatives is used
   * @param target the token to score
   * @return the row's number
   */
  public int addScore(int token, int position, int slot, int target) {
    rowTokens[rows] = token;
    rowSlots[rows] = slot;
    rowPositions[rows] = position;
    rowOutputs[rows] = 0;
    rowTargets[rows] = target;
    return rows++;
  }

  /**
   * Puts a block into a slot's row of the block table.
   *
   * @param slot the slot
   * @param index which block of the sequence, from 0
   * @param block the block
   */
  public void addTableUpdate(int slot, int index, int block) {
    int at = tableUpdateCount * 3;
    if (at + 3 > tableUpdates.length) {
      tableUpdates = Arrays.copyOf(tableUpdates, tableUpdates.length * 2);
    }
    tableUpdates[at] = slot;
    tableUpdates[at + 1] = index;
    tableUpdates[at + 2] = block;
    tableUpdateCount++;
  }

  /**
   * Copies a block, all layers of it, before anything is computed; copies happen in the order they
   * are added.
   *
   * @param source the block to copy
   * @param target the block to overwrite
   */
  public void addCopy(int source, int target) {
    int at = copyCount * 2;
    if (at + 2 > copies.length) {
      copies = Arrays.copyOf(copies, copies.length * 2);
    }
    copies[at] = source;
    copies[at + 1] = target;
    copyCount++;
  }

  /**
   * Gives a slot to a sequence.
   *
   * @param assignment the sequence's sampling state
   */
  public void addAssignment(SlotAssignment assignment) {
    assignments.add(assignment);
  }

  /**
   * Sets how much of the arrays is used, for one who fills them as wholes: a copy of another batch.
   * Assignments are added as ever.
   *
   * @param tokenCount tokens
   * @param sequenceCount sequences
   * @param rowCount rows of logits
   * @param updates table updates
   * @param copyTotal block copies
   * @throws IndexOutOfBoundsException if there are more than this batch was made for
   */
  public void resize(int tokenCount, int sequenceCount, int rowCount, int updates, int copyTotal) {
    Objects.checkFromToIndex(0, tokenCount, tokenIds.length);
    Objects.checkFromToIndex(0, sequenceCount, sequenceSlots.length);
    Objects.checkFromToIndex(0, rowCount, rowTokens.length);
    if (updates > tableUpdates.length / 3) {
      tableUpdates = new int[Math.multiplyExact(3, updates)];
    }
    if (copyTotal > copies.length / 2) {
      copies = new int[Math.multiplyExact(2, copyTotal)];
    }
    tokens = tokenCount;
    sequences = sequenceCount;
    rows = rowCount;
    tableUpdateCount = updates;
    copyCount = copyTotal;
  }

  /** {@return the number of tokens} */
  public int tokens() {
    return tokens;
  }

  /** {@return the number of sequences} */
  public int sequences() {
    return sequences;
  }

  /** {@return the number of rows of logits} */
  public int rows() {
    return rows;
  }

  /** {@return token ids, {@code [tokens]}} */
  public int[] tokenIds() {
    return tokenIds;
  }

  /** {@return the slot of each sequence, {@code [sequences]}} */
  public int[] sequenceSlots() {
    return sequenceSlots;
  }

  /** {@return the first token of each sequence, {@code [sequences + 1]}} */
  public int[] queryStart() {
    return queryStart;
  }

  /** {@return length of each sequence with this step's tokens, {@code [sequences]}} */
  public int[] sequenceLengths() {
    return sequenceLengths;
  }

  /** {@return the token of this batch after which each row's logits are taken, {@code [rows]}} */
  public int[] rowTokens() {
    return rowTokens;
  }

  /**
   * {@return the slot of each row, {@code [rows]}; several rows may share a token but not a slot,
   * unless they score}
   */
  public int[] rowSlots() {
    return rowSlots;
  }

  /**
   * {@return the position that the row's token will have in its sequence, {@code [rows]}: the
   * counter of the random numbers}
   */
  public int[] rowPositions() {
    return rowPositions;
  }

  /** {@return output tokens that the row's sequence has already, {@code [rows]}} */
  public int[] rowOutputs() {
    return rowOutputs;
  }

  /** {@return {@link #SAMPLE} or the token to score, {@code [rows]}} */
  public int[] rowTargets() {
    return rowTargets;
  }

  /** {@return the number of table updates} */
  public int tableUpdateCount() {
    return tableUpdateCount;
  }

  /** {@return table updates, {@code [tableUpdateCount][3]}: slot, index, block} */
  public int[] tableUpdates() {
    return tableUpdates;
  }

  /** {@return the number of block copies} */
  public int copyCount() {
    return copyCount;
  }

  /** {@return block copies, {@code [copyCount][2]}: source, target} */
  public int[] copies() {
    return copies;
  }

  /** {@return slots that change hands before this step} */
  public List<SlotAssignment> assignments() {
    return assignments;
  }
}
