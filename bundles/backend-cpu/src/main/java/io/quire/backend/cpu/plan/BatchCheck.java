package io.quire.backend.cpu.plan;

import io.quire.api.device.DeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;

/** Refuses a batch whose numbers would lead outside the plan's memory, before anything runs. */
final class BatchCheck {
  private final PlanOptions options;
  private final int vocabulary;
  private final int tableLength;

  BatchCheck(PlanOptions options, int vocabulary) {
    this.options = options;
    this.vocabulary = vocabulary;
    tableLength = (options.maxSequenceLength() + options.blockTokens() - 1) / options.blockTokens();
  }

  /**
   * Checks a batch.
   *
   * @param batch the batch
   * @param previousRows rows of the step before
   * @param blocks of the KV cache
   * @throws DeviceException if a number is out of range
   */
  void check(StepBatch batch, int previousRows, int blocks) {
    below("tokens", batch.tokens(), 0, options.maxTokens() + 1);
    below("sequences", batch.sequences(), 0, options.maxSequences() + 1);
    below("rows", batch.rows(), 0, options.maxRows() + 1);
    for (int t = 0; t < batch.tokens(); t++) {
      below("token id", batch.tokenIds()[t], -previousRows, vocabulary);
    }
    checkSequences(batch);
    checkRows(batch);
    checkBlocks(batch, blocks);
    for (SlotAssignment assignment : batch.assignments()) {
      below("assigned slot", assignment.slot(), 0, options.maxSequences());
      below("assigned length", assignment.length(), 0, assignment.tokens().length + 1);
    }
  }

  private void checkSequences(StepBatch batch) {
    for (int s = 0; s < batch.sequences(); s++) {
      int count = batch.queryStart()[s + 1] - batch.queryStart()[s];
      below("slot", batch.sequenceSlots()[s], 0, options.maxSequences());
      below("length", batch.sequenceLengths()[s], count, options.maxSequenceLength() + 1);
    }
  }

  private void checkRows(StepBatch batch) {
    for (int r = 0; r < batch.rows(); r++) {
      below("row's token", batch.rowTokens()[r], 0, batch.tokens());
      below("row's slot", batch.rowSlots()[r], 0, options.maxSequences());
      below("row's target", batch.rowTargets()[r], StepBatch.SAMPLE, vocabulary);
    }
  }

  private void checkBlocks(StepBatch batch, int blocks) {
    int[] updates = batch.tableUpdates();
    for (int i = 0; i < batch.tableUpdateCount(); i++) {
      below("updated slot", updates[3 * i], 0, options.maxSequences());
      below("updated index", updates[3 * i + 1], 0, tableLength);
      below("updated block", updates[3 * i + 2], 0, blocks);
    }
    for (int i = 0; i < 2 * batch.copyCount(); i++) {
      below("copied block", batch.copies()[i], 0, blocks);
    }
  }

  private static void below(String what, int value, int least, int bound) {
    if (value < least || value >= bound) {
      throw new DeviceException(
          "step refused: "
              + what
              + " is "
              + value
              + " but must be at least "
              + least
              + " and below "
              + bound
              + ". Nothing of the step was run.");
    }
  }
}
