package io.quire.worker.ring;

import io.quire.api.device.DeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;

/**
 * Refuses a batch whose numbers lead outside, before it goes to the child: there it would be
 * refused too, but only after the caller has gone on.
 */
final class BatchCheck {
  private final PlanOptions options;
  private final int vocabulary;
  private final int tableLength;
  private int blocks;

  BatchCheck(PlanOptions options, int vocabulary) {
    this.options = options;
    this.vocabulary = vocabulary;
    tableLength = Math.ceilDiv(options.maxSequenceLength(), options.blockTokens());
  }

  /** The KV cache has this many blocks. */
  void useBlocks(int count) {
    blocks = count;
  }

  /**
   * Checks a batch.
   *
   * @param batch the batch
   * @param previousRows rows of the step before
   * @throws DeviceException if a number is out of range
   */
  void check(StepBatch batch, int previousRows) {
    if (blocks == 0) {
      throw new DeviceException("step refused: the KV cache is not allocated yet");
    }
    range("tokens", batch.tokens(), 0, options.maxTokens());
    range("sequences", batch.sequences(), 0, options.maxSequences());
    range("rows", batch.rows(), 0, options.maxRows());
    for (int t = 0; t < batch.tokens(); t++) {
      range("token id", batch.tokenIds()[t], -previousRows, vocabulary - 1);
    }
    for (int s = 0; s < batch.sequences(); s++) {
      int count = batch.queryStart()[s + 1] - batch.queryStart()[s];
      range("tokens of a sequence", count, 1, options.maxTokens());
      range("slot", batch.sequenceSlots()[s], 0, options.maxSequences() - 1);
      range("length", batch.sequenceLengths()[s], count, options.maxSequenceLength());
    }
    for (int r = 0; r < batch.rows(); r++) {
      range("row's token", batch.rowTokens()[r], 0, batch.tokens() - 1);
      range("row's slot", batch.rowSlots()[r], 0, options.maxSequences() - 1);
      range("row's target", batch.rowTargets()[r], StepBatch.SAMPLE, vocabulary - 1);
    }
    checkBlocks(batch);
    batch.assignments().forEach(this::check);
  }

  private void checkBlocks(StepBatch batch) {
    int[] updates = batch.tableUpdates();
    for (int i = 0; i < batch.tableUpdateCount(); i++) {
      range("updated slot", updates[3 * i], 0, options.maxSequences() - 1);
      range("updated index", updates[3 * i + 1], 0, tableLength - 1);
      range("updated block", updates[3 * i + 2], 0, blocks - 1);
    }
    for (int i = 0; i < 2 * batch.copyCount(); i++) {
      range("copied block", batch.copies()[i], 0, blocks - 1);
    }
  }

  private void check(SlotAssignment a) {
    range("assigned slot", a.slot(), 0, options.maxSequences() - 1);
    range(
        "assigned length", a.length(), 0, Math.min(a.tokens().length, options.maxSequenceLength()));
    range("assigned prompt length", a.promptLength(), 0, Integer.MAX_VALUE);
    // Only tokens that are counted lead to memory.
    int counted = a.params().penalised() ? a.length() : 0;
    for (int i = 0; i < counted; i++) {
      range("assigned token", a.tokens()[i], 0, vocabulary - 1);
    }
  }

  private static void range(String what, int value, int least, int most) {
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
              + ". Nothing of the step was run.");
    }
  }
}
