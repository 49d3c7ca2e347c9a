package io.quire.backend.cpu.plan;

import io.quire.api.model.Value;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.List;
import java.util.Optional;

/**
 * Matrix products that read the same input, as one task: a piece decodes a panel of weight rows
 * into the cache and multiplies all rows of the step with it.
 */
final class LinearStage implements Stage, Task {
  /** Rows whose products are finished together, while they are in the cache. */
  static final int ROW_BLOCK = 64;

  private final Value.Rows kind;
  private final Matrix in;
  private final List<Product> products;
  private final int items;
  private int rows;

  /**
   * One product.
   *
   * @param weight its weight
   * @param out its result
   * @param bias added to every row, if there is one
   * @param residual added to the result, if there is one; may share memory with {@code out}
   */
  record Product(Panels weight, Matrix out, Optional<float[]> bias, Optional<Matrix> residual) {}

  LinearStage(Value.Rows kind, Matrix in, List<Product> products) {
    this.kind = kind;
    this.in = in;
    this.products = products;
    items = products.stream().mapToInt(p -> p.weight().count()).sum();
  }

  @Override
  public void run(StepState step) {
    rows = step.count(kind);
    step.pool.run(this, items);
  }

  @Override
  public void run(int item, Worker worker) {
    int panel = item;
    int index = 0;
    while (panel >= products.get(index).weight().count()) {
      panel -= products.get(index++).weight().count();
    }
    multiply(products.get(index), panel, worker);
  }

  private void multiply(Product product, int panel, Worker worker) {
    Panels weight = product.weight();
    int columns = weight.columns(panel);
    int at = panel * Kernels.PANEL;
    float[] tile = worker.tiles[0];
    if (rows == 1) {
      weight.dots(in, 0, panel, worker.scratch, tile);
      finish(product, tile, 0, 0, at, columns);
      return;
    }
    weight.decode(panel, worker.scratch.panel);
    for (int first = 0; first < rows; first += ROW_BLOCK) {
      int count = Math.min(ROW_BLOCK, rows - first);
      weight.multiply(in, first, count, panel, worker.scratch.panel, worker.scratch, tile);
      for (int r = 0; r < count; r++) {
        finish(product, tile, r * Kernels.PANEL, first + r, at, columns);
      }
    }
  }

  private static void finish(
      Product product, float[] tile, int from, int row, int at, int columns) {
    if (product.bias().isPresent()) {
      Elementwise.add(tile, from, product.bias().get(), at, tile, from, columns);
    }
    float[] out = product.out().data();
    int to = product.out().row(row) + at;
    if (product.residual().isPresent()) {
      Matrix other = product.residual().get();
      Elementwise.add(tile, from, other.data(), other.row(row) + at, out, to, columns);
    } else {
      System.arraycopy(tile, from, out, to, columns);
    }
  }
}
