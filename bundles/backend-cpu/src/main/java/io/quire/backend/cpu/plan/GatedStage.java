package io.quire.backend.cpu.plan;

import io.quire.api.model.Op;
import io.quire.api.model.Value;
import io.quire.backend.cpu.kernel.Kernels;

/** {@code out = function(in * gate^T) * (in * up^T)} without storing either product. */
final class GatedStage implements Stage, Task {
  private final Kernels kernels;
  private final Value.Rows kind;
  private final Matrix in;
  private final Panels gate;
  private final Panels up;
  private final Op.Function function;
  private final Matrix out;
  private int rows;

  GatedStage(
      Kernels kernels,
      Value.Rows kind,
      Matrix in,
      Panels gate,
      Panels up,
      Op.Function function,
      Matrix out) {
    this.kernels = kernels;
    this.kind = kind;
    this.in = in;
    this.gate = gate;
    this.up = up;
    this.function = function;
    this.out = out;
  }

  @Override
  public void run(StepState step) {
    rows = step.count(kind);
    step.pool.run(this, gate.count());
  }

  @Override
  public void run(int item, Worker worker) {
    float[] left = worker.tiles[0];
    float[] right = worker.tiles[1];
    if (rows == 1) {
      gate.dots(in, 0, item, worker.scratch, left);
      up.dots(in, 0, item, worker.scratch, right);
      finish(item, 0, 1, worker);
      return;
    }
    gate.decode(item, worker.scratch.panel);
    up.decode(item, worker.scratch.second);
    for (int first = 0; first < rows; first += LinearStage.ROW_BLOCK) {
      int count = Math.min(LinearStage.ROW_BLOCK, rows - first);
      gate.multiply(in, first, count, item, worker.scratch.panel, worker.scratch, left);
      up.multiply(in, first, count, item, worker.scratch.second, worker.scratch, right);
      finish(item, first, count, worker);
    }
  }

  private void finish(int panel, int first, int count, Worker worker) {
    int columns = gate.columns(panel);
    for (int r = 0; r < count; r++) {
      int from = r * Kernels.PANEL;
      int to = out.row(first + r) + panel * Kernels.PANEL;
      float[] spare = worker.row;
      Elementwise.apply(kernels, function, worker.tiles[0], from, spare, out.data(), to, columns);
      Elementwise.mul(out.data(), to, worker.tiles[1], from, out.data(), to, columns);
    }
  }
}
