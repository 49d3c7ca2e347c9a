package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.cache.BlockTable;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.api.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** One step on its way: the batch, and whose rows they are. Two of them alternate in a lane. */
final class Flight {
  /** {@link #position} of a row that is sampled. */
  static final int SAMPLED = -1;

  final StepBatch batch;

  /** Sequences that end with this step although it samples nothing for them. */
  final List<EngineSequence> withoutRow = new ArrayList<>();

  private final BlockManager.CopySink copies;
  private final EngineSequence[] rowSequences;
  private final int[] rowEpochs;
  private final int[] rowPositions;
  private final int[] sampleRows;
  private StepFuture future;

  Flight(PlanOptions options) {
    batch = new StepBatch(options);
    copies = batch::addCopy;
    rowSequences = new EngineSequence[options.maxRows()];
    rowEpochs = new int[options.maxRows()];
    rowPositions = new int[options.maxRows()];
    sampleRows = new int[options.maxSequences()];
  }

  /** Forgets the step before. */
  void clear() {
    Arrays.fill(rowSequences, 0, batch.rows(), null);
    withoutRow.clear();
    batch.clear();
  }

  void addCopies(BlockManager blocks) {
    blocks.drainCopies(copies);
  }

  /**
   * Writes a chosen sequence into the batch.
   *
   * @param index which of the schedule's
   * @param schedule the schedule
   */
  void add(int index, Schedule schedule) {
    EngineSequence sequence = (EngineSequence) schedule.sequence(index);
    int slot = sequence.slotIds[0];
    int from = sequence.computed();
    int to = from + schedule.tokens(index);
    addTable(sequence.blocks(), slot);
    batch.addSequence(slot, to);
    int first = batch.tokens();
    batch.addTokens(sequence.tokens(), from, to - from);
    if (sequence.scoring) {
      addScores(sequence, first, from, to);
    }
    sampleRows[index] = to == sequence.length() ? addSamples(sequence) : -1;
  }

  private void addTable(BlockTable table, int slot) {
    for (int i = table.firstDirty(); i < table.size(); i++) {
      batch.addTableUpdate(slot, i, table.block(i));
    }
    table.markClean();
  }

  /** Positions {@code from} to {@code to} predict those after them. */
  private void addScores(EngineSequence sequence, int first, int from, int to) {
    int end = Math.min(to, sequence.promptLength() - 1);
    for (int p = from; p < end; p++) {
      int target = sequence.tokens()[p + 1];
      int row = batch.addScore(first + p - from, p + 1, sequence.slotIds[0], target);
      own(row, sequence, p + 1);
    }
    sequence.scoring = to < sequence.promptLength();
  }

  /** {@return the first row sampled, one for each slot; -1 if the sequence wants no token} */
  private int addSamples(EngineSequence sequence) {
    if (sequence.length() >= sequence.limit) {
      withoutRow.add(sequence);
      return -1;
    }
    int first = batch.rows();
    for (int slot : sequence.slotIds) {
      own(batch.addRow(slot, sequence.outputs(), StepBatch.SAMPLE), sequence, SAMPLED);
    }
    return first;
  }

  /** Makes a row a sequence's, as it is now. */
  void own(int row, EngineSequence sequence, int position) {
    rowSequences[row] = sequence;
    rowEpochs[row] = sequence.epoch;
    rowPositions[row] = position;
  }

  /** {@return the first row sampled for the schedule's sequence, or -1} */
  int sampleRow(int index) {
    return sampleRows[index];
  }

  int rows() {
    return batch.rows();
  }

  EngineSequence sequence(int row) {
    return rowSequences[row];
  }

  /** {@return whether the row's sequence still waits for it} */
  boolean current(int row) {
    return rowSequences[row].epoch == rowEpochs[row];
  }

  /** {@return the prompt position that a row scores, or {@link #SAMPLED}} */
  int position(int row) {
    return rowPositions[row];
  }

  void submit(Plan plan) {
    future = plan.submit(batch);
  }

  /**
   * Waits for the step's end.
   *
   * @param device for the message
   * @param limit how long
   * @return the output
   * @throws LostDeviceException if it failed, or did not end in time
   */
  StepOutput await(String device, Duration limit) throws InterruptedException {
    try {
      return future.await(limit.toNanos());
    } catch (TimeoutException e) {
      throw new LostDeviceException(
          Message.of(
              "a step of %d tokens on device %s did not end within %d s; the device counts as lost",
              batch.tokens(), device, limit.toSeconds()),
          e);
    }
  }
}
