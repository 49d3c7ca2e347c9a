package io.quire.backend.cpu.plan;

import io.quire.api.model.Value;

/** A stage that computes each row from the same row of its inputs. */
abstract class RowStage implements Stage, Task {
  /** Values worth handing to another thread. */
  private static final int GRAIN = 8192;

  private final Value.Rows kind;
  private final int rowsPerItem;
  private int rows;

  RowStage(Value out) {
    kind = out.rows();
    rowsPerItem = Math.max(1, GRAIN / out.width());
  }

  /** Computes a row. */
  abstract void row(int row, Worker worker);

  /** Told of the step before its rows are computed. */
  void begin(StepState step) {}

  @Override
  public final void run(StepState step) {
    begin(step);
    rows = step.count(kind);
    step.pool.run(this, (rows + rowsPerItem - 1) / rowsPerItem);
  }

  @Override
  public final void run(int item, Worker worker) {
    int end = Math.min(rows, (item + 1) * rowsPerItem);
    for (int r = item * rowsPerItem; r < end; r++) {
      row(r, worker);
    }
  }
}
