package io.quire.gpu.plan;

import io.quire.api.device.DeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;

/** The block table as the device will have it when the step starts. */
final class TableMirror {
  private static final int NONE = -1;

  private final int blockTokens;
  private final int stride;
  private final int[][] table;
  private final int[] filled;
  private int[] before = new int[64];

  TableMirror(PlanOptions options) {
    blockTokens = options.blockTokens();
    stride = Math.ceilDiv(options.maxSequenceLength(), blockTokens);
    table = new int[options.maxSequences()][stride];
    filled = new int[options.maxSequences()];
    for (int[] row : table) {
      java.util.Arrays.fill(row, NONE);
    }
  }

  /** {@return entries of a row} */
  int stride() {
    return stride;
  }

  /**
   * Takes a batch's updates over, or none of them if a sequence would lack a block.
   *
   * @param batch a batch whose numbers are in range
   * @throws DeviceException if a sequence has no block for one of its positions
   */
  void apply(StepBatch batch) {
    int count = batch.tableUpdateCount();
    int[] updates = batch.tableUpdates();
    if (before.length < count) {
      before = new int[count];
    }
    for (int i = 0; i < count; i++) {
      before[i] = table[updates[3 * i]][updates[3 * i + 1]];
      set(updates[3 * i], updates[3 * i + 1], updates[3 * i + 2]);
    }
    for (int s = 0; s < batch.sequences(); s++) {
      int slot = batch.sequenceSlots()[s];
      int length = batch.sequenceLengths()[s];
      if (Math.ceilDiv(length, blockTokens) > filled[slot]) {
        int missing = filled[slot];
        for (int i = count - 1; i >= 0; i--) {
          set(updates[3 * i], updates[3 * i + 1], before[i]);
        }
        throw new DeviceException(
            "slot "
                + slot
                + " has a sequence of "
                + length
                + " tokens, but no table update gave it block number "
                + missing
                + ". Nothing of the step was run.");
      }
    }
  }

  /** Sets an entry and counts how many from the first on are set. */
  private void set(int slot, int index, int block) {
    table[slot][index] = block;
    if (block == NONE) {
      filled[slot] = Math.min(filled[slot], index);
    } else if (index == filled[slot]) {
      int end = index + 1;
      while (end < stride && table[slot][end] != NONE) {
        end++;
      }
      filled[slot] = end;
    }
  }

  /** {@return the place of a position in the cache: block times its tokens, plus place} */
  int cacheSlot(int slot, int position) {
    return table[slot][position / blockTokens] * blockTokens + position % blockTokens;
  }
}
