package io.quire.backend.cpu.kernel;

import static io.quire.backend.cpu.kernel.VectorShape.FLOATS;
import static io.quire.backend.cpu.kernel.VectorShape.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * Products with vectors of fewer than 16 floats: the 16 lanes of a sum are walked in parts, each
 * with every 16th stretch of the operands. Tiles of 2 x 4 sums, which fit 16 registers.
 */
final class NarrowProducts {
  private static final int TILE = 4;

  private NarrowProducts() {}

  static void multiply(
      float[] in,
      int inAt,
      int inStride,
      int rows,
      float[] panel,
      int depth,
      int columns,
      float[] out) {
    float[] lanes = new float[2 * TILE * Kernels.LANES];
    for (int r = 0; r < rows; r += 2) {
      int both = Math.min(2, rows - r);
      for (int c = 0; c < columns; c += TILE) {
        int a = inAt + r * inStride;
        for (int part = 0; part < Kernels.LANES; part += WIDTH) {
          if (both == 2) {
            tile2x4(in, a + part, inStride, panel, c * depth + part, depth, lanes, part);
          } else {
            tile1x4(in, a + part, panel, c * depth + part, depth, lanes, part);
          }
        }
        for (int i = 0; i < both * TILE; i++) {
          out[(r + i / TILE) * Kernels.PANEL + c + i % TILE] =
              Scalar.tree(lanes, i * Kernels.LANES);
        }
      }
    }
  }

  private static void tile2x4(
      float[] in, int a, int stride, float[] panel, int b, int depth, float[] lanes, int part) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector t0 = s0;
    FloatVector t1 = s0;
    FloatVector t2 = s0;
    FloatVector t3 = s0;
    for (int k = 0; k < depth; k += Kernels.LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, in, a + k);
      FloatVector y = FloatVector.fromArray(FLOATS, in, a + stride + k);
      FloatVector w = FloatVector.fromArray(FLOATS, panel, b + k);
      s0 = x.fma(w, s0);
      t0 = y.fma(w, t0);
      w = FloatVector.fromArray(FLOATS, panel, b + depth + k);
      s1 = x.fma(w, s1);
      t1 = y.fma(w, t1);
      w = FloatVector.fromArray(FLOATS, panel, b + 2 * depth + k);
      s2 = x.fma(w, s2);
      t2 = y.fma(w, t2);
      w = FloatVector.fromArray(FLOATS, panel, b + 3 * depth + k);
      s3 = x.fma(w, s3);
      t3 = y.fma(w, t3);
    }
    s0.intoArray(lanes, part);
    s1.intoArray(lanes, part + Kernels.LANES);
    s2.intoArray(lanes, part + 2 * Kernels.LANES);
    s3.intoArray(lanes, part + 3 * Kernels.LANES);
    t0.intoArray(lanes, part + 4 * Kernels.LANES);
    t1.intoArray(lanes, part + 5 * Kernels.LANES);
    t2.intoArray(lanes, part + 6 * Kernels.LANES);
    t3.intoArray(lanes, part + 7 * Kernels.LANES);
  }

  private static void tile1x4(
      float[] in, int a, float[] panel, int b, int depth, float[] lanes, int part) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int k = 0; k < depth; k += Kernels.LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, in, a + k);
      s0 = x.fma(FloatVector.fromArray(FLOATS, panel, b + k), s0);
      s1 = x.fma(FloatVector.fromArray(FLOATS, panel, b + depth + k), s1);
      s2 = x.fma(FloatVector.fromArray(FLOATS, panel, b + 2 * depth + k), s2);
      s3 = x.fma(FloatVector.fromArray(FLOATS, panel, b + 3 * depth + k), s3);
    }
    s0.intoArray(lanes, part);
    s1.intoArray(lanes, part + Kernels.LANES);
    s2.intoArray(lanes, part + 2 * Kernels.LANES);
    s3.intoArray(lanes, part + 3 * Kernels.LANES);
  }
}
