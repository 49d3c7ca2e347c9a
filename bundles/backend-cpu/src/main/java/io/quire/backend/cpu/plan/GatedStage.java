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
    gate.decode(item, worker.panels[0]);
    up.decode(item, worker.panels[1]);
    int columns = gate.columns(item);
    float[] left = worker.tiles[0];
    float[] right = worker.tiles[1];
    for (int first = 0; first < rows; first += LinearStage.ROW_BLOCK) {
      int count = Math.min(LinearStage.ROW_BLOCK, rows - first);
      int at = in.row(first);
      kernels.multiply(
          in.data(), at, in.stride(), count, worker.panels[0], gate.depth(), columns, left);
      kernels.multiply(
          in.data(), at, in.stride(), count, worker.panels[1], up.depth(), columns, right);
      for (int r = 0; r < count; r++) {
        int from = r * Kernels.PANEL;
        int to = out.row(first + r) + item * Kernels.PANEL;
        Elementwise.apply(kernels, function, left, from, worker.row, out.data(), to, columns);
        Elementwise.mul(out.data(), to, right, from, out.data(), to, columns);
      }
    }
  }
}
