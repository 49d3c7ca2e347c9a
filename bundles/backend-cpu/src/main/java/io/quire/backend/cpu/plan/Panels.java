package io.quire.backend.cpu.plan;

import io.quire.api.model.Tensor;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.Arrays;

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

  /** Padded length of a decoded row. */
  int depth() {
    return depth;
  }

  /** Rows of a panel: all but the last are full. */
  int columns(int panel) {
    return Math.min(Kernels.PANEL, rows - panel * Kernels.PANEL);
  }

  /** Decodes a panel; missing rows up to the next multiple of {@link Kernels#LANES} are zero. */
  void decode(int panel, float[] out) {
    int columns = columns(panel);
    long offset = (long) panel * Kernels.PANEL * rowBytes;
    for (int c = 0; c < columns; c++) {
      kernels.decode(weight.dtype(), weight.data(), offset + c * rowBytes, width, out, c * depth);
      Arrays.fill(out, c * depth + width, (c + 1) * depth, 0);
    }
    Arrays.fill(out, columns * depth, Kernels.padded(columns) * depth, 0);
  }
}
