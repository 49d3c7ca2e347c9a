package io.quire.backend.cpu.plan;

import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Tensor;
import io.quire.backend.cpu.kernel.Kernels;

/** The stages that work row by row. */
final class RowStages {
  private RowStages() {}

  /** {@code out[t] = table[id] * scale}. */
  static final class Embed extends RowStage {
    private final Kernels kernels;
    private final Tensor table;
    private final float scale;
    private final Matrix out;
    private final long rowBytes;
    private StepState step;

    Embed(Kernels kernels, Op.Embed op, Tensor table, Matrix out) {
      super(op.out());
      this.kernels = kernels;
      this.table = table;
      this.scale = op.scale();
      this.out = out;
      rowBytes = table.dtype().bytes(table.columns());
    }

    @Override
    void begin(StepState now) {
      step = now;
    }

    @Override
    void row(int row, Worker worker) {
      int at = out.row(row);
      long offset = step.ids[row] * rowBytes;
      kernels.decode(table.dtype(), table.data(), offset, out.width(), out.data(), at);
      if (scale != 1) {
        Elementwise.scale(out.data(), at, scale, out.data(), at, out.width());
      }
    }
  }

  /** Root mean square norm. */
  static final class Norm extends RowStage {
    private final Kernels kernels;
    private final Op.RmsNorm op;
    private final float[] weight;
    private final Matrix in;
    private final Matrix out;

    Norm(Kernels kernels, Op.RmsNorm op, float[] weight, Matrix in, Matrix out) {
      super(op.out());
      this.kernels = kernels;
      this.op = op;
      this.weight = weight;
      this.in = in;
      this.out = out;
    }

    @Override
    void row(int row, Worker worker) {
      int width = weight.length;
      for (int g = 0; g < op.groups(); g++) {
        int from = in.row(row) + g * width;
        int to = out.row(row) + g * width;
        float mean = kernels.squares(in.data(), from, width) / width;
        float factor = (float) (1 / Math.sqrt((double) mean + op.epsilon()));
        scale(in.data(), from, factor, out.data(), to);
      }
    }

    private void scale(float[] x, int from, float factor, float[] y, int to) {
      for (int i = 0; i < weight.length; i++) {
        y[to + i] = x[from + i] * factor * weight[i];
      }
    }
  }

  /** Rotary embedding. */
  static final class Rope extends RowStage {
    private final Op.Rope op;
    private final RopeTable table;
    private final Matrix in;
    private final Matrix out;
    private StepState step;

    Rope(Op.Rope op, RopeTable table, Matrix in, Matrix out) {
      super(op.out());
      this.op = op;
      this.table = table;
      this.in = in;
      this.out = out;
    }

    @Override
    void begin(StepState now) {
      step = now;
    }

    @Override
    void row(int row, Worker worker) {
      int position = step.positions[row];
      float[] page = table.page(position);
      int angle = table.at(position);
      int headDim = in.width() / op.heads();
      int pairs = op.spec().dimensions() / 2;
      boolean halves = op.spec().style() == RopeSpec.Style.HALVES;
      int apart = halves ? pairs : 1;
      int step1 = halves ? 1 : 2;
      if (in.data() != out.data()) {
        System.arraycopy(in.data(), in.row(row), out.data(), out.row(row), in.width());
      }
      for (int head = 0; head < op.heads(); head++) {
        turn(out.data(), out.row(row) + head * headDim, step1, apart, pairs, page, angle);
      }
    }

    private static void turn(
        float[] x, int at, int stride, int apart, int pairs, float[] page, int angle) {
      for (int i = 0; i < pairs; i++) {
        float cos = page[angle + 2 * i];
        float sin = page[angle + 2 * i + 1];
        int first = at + i * stride;
        float a = x[first];
        float b = x[first + apart];
        x[first] = Math.fma(a, cos, -(b * sin));
        x[first + apart] = Math.fma(a, sin, b * cos);
      }
    }
  }

  /** Sums, products, factors, caps, functions: one or two inputs of the same width. */
  static final class Plain extends RowStage {
    private final Kernels kernels;
    private final Op op;
    private final Matrix a;
    private final Matrix b;
    private final Matrix out;

    Plain(Kernels kernels, Op op, Matrix a, Matrix b, Matrix out) {
      super(op.out());
      this.kernels = kernels;
      this.op = op;
      this.a = a;
      this.b = b;
      this.out = out;
    }

    @Override
    void row(int row, Worker worker) {
      float[] x = a.data();
      int xAt = a.row(row);
      float[] y = b.data();
      int yAt = b.row(row);
      float[] z = out.data();
      int at = out.row(row);
      int n = out.width();
      switch (op) {
        case Op.Add add -> Elementwise.add(x, xAt, y, yAt, z, at, n);
        case Op.AddBias bias -> Elementwise.add(x, xAt, y, 0, z, at, n);
        case Op.Mul mul -> Elementwise.mul(x, xAt, y, yAt, z, at, n);
        case Op.Scale scale -> Elementwise.scale(x, xAt, scale.factor(), z, at, n);
        case Op.Softcap cap -> Elementwise.softcap(x, xAt, cap.cap(), z, at, n);
        case Op.Activation f ->
            Elementwise.apply(kernels, f.function(), x, xAt, worker.row, z, at, n);
        case Op.GatedActivation f -> {
          Elementwise.apply(kernels, f.function(), x, xAt, worker.row, worker.gated, 0, n);
          Elementwise.mul(worker.gated, 0, y, yAt, z, at, n);
        }
        default -> throw new IllegalStateException(op + " is not computed value by value");
      }
    }
  }

  /** Keeps the rows whose logits are computed now. */
  static final class Take extends RowStage {
    private final Matrix in;
    private final Matrix out;
    private StepState step;

    Take(Op.TakeRows op, Matrix in, Matrix out) {
      super(op.out());
      this.in = in;
      this.out = out;
    }

    @Override
    void begin(StepState now) {
      step = now;
    }

    @Override
    void row(int row, Worker worker) {
      int token = step.rowTokens[step.firstRow + row];
      System.arraycopy(in.data(), in.row(token), out.data(), out.row(row), in.width());
    }
  }

  /** Stores keys and values in the cache. */
  static final class Store extends RowStage {
    private final KvCache cache;
    private final int layer;
    private final Matrix k;
    private final Matrix v;
    private StepState step;

    Store(KvCache cache, Op.Attention op, Matrix k, Matrix v) {
      super(op.k());
      this.cache = cache;
      this.layer = op.layer();
      this.k = k;
      this.v = v;
    }

    @Override
    void begin(StepState now) {
      step = now;
    }

    @Override
    void row(int row, Worker worker) {
      int offset = step.positions[row] % step.blockTokens;
      cache.store(layer, step.blocks[row], offset, k.data(), k.row(row), v.data(), v.row(row));
    }
  }
}
