package io.quire.backend.cpu.plan;

import io.quire.api.model.Tensor;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.Scratch;

/** A weight matrix, decoded a panel of rows at a time. */
final class Panels {
  private final Kernels kernels;
  private final Tensor weight;
  private final int rows;
  private final int width;
  private final int depth;
  private final long rowBytes;

  Panels(Kernels kernels, Tensor weight) {
    this.kernels = kernels;
    this.weight = weight;
    rows = weight.rows();
    width = weight.columns();
    depth = Kernels.padded(width);
    rowBytes = weight.dtype().bytes(width);
  }

  /** How many panels there are. */
  int count() {
    return (rows + Kernels.PANEL - 1) / Kernels.PANEL;
  }

  /** Rows of a panel: all but the last are full. */
  int columns(int panel) {
    return Math.min(Kernels.PANEL, rows - panel * Kernels.PANEL);
  }

  /**
   * Multiplies rows with a decoded panel, row by row.
   *
   * @param in activations
   * @param first the first row
   * @param count how many
   * @param number of the panel
   * @param panel the decoded panel, see {@link #decode}
   * @param scratch memory of the thread
   * @param tile receives the products
   */
  void multiply(
      Matrix in, int first, int count, int number, float[] panel, Scratch scratch, float[] tile) {
    kernels.multiply(
        in.data(), in.row(first), in.stride(), count, panel, depth, columns(number), scratch, tile);
  }

  /** Multiplies one row with a panel as it is stored. */
  void dots(Matrix in, int row, int number, Scratch scratch, float[] tile) {
    kernels.dots(
        weight.dtype(),
        weight.data(),
        offset(number),
        rowBytes,
        columns(number),
        in.data(),
        in.row(row),
        width,
        scratch,
        tile);
  }

  /** Decodes a panel. */
  void decode(int number, float[] out) {
    kernels.decodePanel(
        weight.dtype(), weight.data(), offset(number), rowBytes, columns(number), width, out);
  }

  private long offset(int number) {
    return (long) number * Kernels.PANEL * rowBytes;
  }
}
