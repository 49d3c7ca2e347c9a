package io.quire.backend.cpu.plan;

import io.quire.api.device.DeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepOutput;
import io.quire.backend.cpu.sampling.SlotState;
import java.util.Arrays;
import java.util.List;

/** Runs steps, one after the other, on the plan's thread. */
final class StepRunner implements Task {
  private final Compiler.Compiled graph;
  private final WorkerPool pool;
  private final StepState state;
  private final SlotState[] slots;
  private final int vocabulary;
  private final int[] previous;
  private final LogitsTap tap;
  private StepBatch batch;
  private StepOutput output;

  /** Sees each row of logits before it is sampled; called from several threads. */
  @FunctionalInterface
  interface LogitsTap {
    /**
     * Shows a row.
     *
     * @param row its number in the batch
     * @param logits where it lies
     * @param at index of its first value
     */
    void see(int row, float[] logits, int at);
  }

  StepRunner(
      Compiler.Compiled graph,
      int vocabulary,
      PlanOptions options,
      WorkerPool pool,
      LogitsTap tap) {
    this.graph = graph;
    this.vocabulary = vocabulary;
    this.pool = pool;
    this.tap = tap;
    state = new StepState(options, pool, graph.tileTokens());
    for (int[] table : state.tables) {
      Arrays.fill(table, -1);
    }
    slots = new SlotState[options.maxSequences()];
    SlotAssignment none =
        new SlotAssignment(0, SamplingParams.GREEDY, new int[0], 0, 0, 0, List.of());
    Arrays.fill(slots, new SlotState(none, vocabulary));
    previous = new int[options.maxRows()];
  }

  void run(StepBatch work, StepOutput out) {
    batch = work;
    output = out;
    out.reset(work.rows());
    prepare();
    state.load(work, previous);
    if (state.tokens > 0) {
      reachAngles();
      for (Stage stage : graph.tokenStages()) {
        stage.run(state);
      }
    }
    for (int first = 0; first < work.rows(); first += graph.logitRows()) {
      state.firstRow = first;
      state.rows = Math.min(graph.logitRows(), work.rows() - first);
      for (Stage stage : graph.rowStages()) {
        stage.run(state);
      }
      pool.run(this, state.rows);
    }
    System.arraycopy(out.tokens(), 0, previous, 0, work.rows());
  }

  /** Block copies, table updates and slot assignments. */
  private void prepare() {
    int[] copies = batch.copies();
    for (int i = 0; i < batch.copyCount(); i++) {
      graph.cache().copy(copies[2 * i], copies[2 * i + 1]);
    }
    int[] updates = batch.tableUpdates();
    for (int i = 0; i < batch.tableUpdateCount(); i++) {
      state.tables[updates[3 * i]][updates[3 * i + 1]] = updates[3 * i + 2];
    }
    for (SlotAssignment assignment : batch.assignments()) {
      slots[assignment.slot()] = new SlotState(assignment, vocabulary);
    }
    for (int s = 0; s < batch.sequences(); s++) {
      requireBlocks(batch.sequenceSlots()[s], batch.sequenceLengths()[s]);
    }
  }

  private void requireBlocks(int slot, int length) {
    int[] table = state.tables[slot];
    for (int i = 0; i * state.blockTokens < length; i++) {
      if (table[i] < 0) {
        throw new DeviceException(
            "slot "
                + slot
                + " has a sequence of "
                + length
                + " tokens, but no table update gave it block number "
                + i);
      }
    }
  }

  private void reachAngles() {
    int last = 0;
    for (int t = 0; t < state.tokens; t++) {
      last = Math.max(last, state.positions[t]);
    }
    for (RopeTable table : graph.ropes()) {
      table.reach(last);
    }
  }

  /** Samples or scores one row. */
  @Override
  public void run(int item, Worker worker) {
    int row = state.firstRow + item;
    float[] logits = graph.logits().data();
    int at = graph.logits().row(item);
    tap.see(row, logits, at);
    SlotState slot = slots[batch.rowSlots()[row]];
    int target = batch.rowTargets()[row];
    if (target == StepBatch.SAMPLE) {
      worker.sampler.sample(
          logits, at, slot, batch.rowPositions()[row], batch.rowOutputs()[row], output, row);
    } else {
      worker.sampler.score(logits, at, slot, target, output, row);
    }
  }
}
