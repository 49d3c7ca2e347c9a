package io.quire.backend.cpu.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products with vectors of 16 floats: the 16 lanes of a sum are one register. Tiles of 4 x 4 and 1
 * x 16 sums; each tile's 16 registers are then added across lanes together, into one register that
 * holds the 16 sums in order.
 */
final class WideProducts {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
  private static final VectorShuffle<Float> X8 = VectorShape.exchange(8);
  private static final VectorShuffle<Float> X4 = VectorShape.exchange(4);
  private static final VectorShuffle<Float> X2 = VectorShape.exchange(2);
  private static final VectorShuffle<Float> X1 = VectorShape.exchange(1);
  private static final VectorMask<Float> M8 = VectorMask.fromLong(S, 0xff00);
  private static final VectorMask<Float> M4 = VectorMask.fromLong(S, 0xf0f0);
  private static final VectorMask<Float> M2 = VectorMask.fromLong(S, 0xcccc);
  private static final VectorMask<Float> M1 = VectorMask.fromLong(S, 0xaaaa);

  private WideProducts() {}

  static void multiply(
      float[] in,
      int inAt,
      int inStride,
      int rows,
      float[] panel,
      int depth,
      int columns,
      float[] out) {
    int quads = rows & -4;
    float[] sums = new float[Kernels.LANES];
    for (int r = 0; r < quads; r += 4) {
      for (int c = 0; c < columns; c += 4) {
        tile4x4(in, inAt + r * inStride, inStride, panel, c * depth, depth, sums);
        for (int i = 0; i < 4; i++) {
          int to = (r + i) * Kernels.PANEL + c;
          out[to] = sums[4 * i];
          out[to + 1] = sums[4 * i + 1];
          out[to + 2] = sums[4 * i + 2];
          out[to + 3] = sums[4 * i + 3];
        }
      }
    }
    for (int r = quads; r < rows; r++) {
      for (int c = 0; c < columns; c += Kernels.LANES) {
        tile1x16(in, inAt + r * inStride, panel, c * depth, depth, out, r * Kernels.PANEL + c);
      }
    }
  }

  /**
   * Adds half the lanes of each of two vectors to the other half: the lower halves of the result's
   * groups are sums of a, the upper ones of b.
   */
  private static FloatVector merge(
      FloatVector a, FloatVector b, VectorMask<Float> upper, VectorShuffle<Float> exchange) {
    return a.blend(b, upper).add(b.blend(a, upper).rearrange(exchange));
  }

  private static void tile4x4(
      float[] in, int a, int stride, float[] panel, int b, int depth, float[] sums) {
    FloatVector s00 = FloatVector.zero(S);
    FloatVector s01 = s00;
    FloatVector s02 = s00;
    FloatVector s03 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s12 = s00;
    FloatVector s13 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s22 = s00;
    FloatVector s23 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    FloatVector s32 = s00;
    FloatVector s33 = s00;
    for (int k = 0; k < depth; k += Kernels.LANES) {
      FloatVector w0 = FloatVector.fromArray(S, panel, b + k);
      FloatVector w1 = FloatVector.fromArray(S, panel, b + depth + k);
      FloatVector w2 = FloatVector.fromArray(S, panel, b + 2 * depth + k);
      FloatVector w3 = FloatVector.fromArray(S, panel, b + 3 * depth + k);
      FloatVector x = FloatVector.fromArray(S, in, a + k);
      s00 = x.fma(w0, s00);
      s01 = x.fma(w1, s01);
      s02 = x.fma(w2, s02);
      s03 = x.fma(w3, s03);
      x = FloatVector.fromArray(S, in, a + stride + k);
      s10 = x.fma(w0, s10);
      s11 = x.fma(w1, s11);
      s12 = x.fma(w2, s12);
      s13 = x.fma(w3, s13);
      x = FloatVector.fromArray(S, in, a + 2 * stride + k);
      s20 = x.fma(w0, s20);
      s21 = x.fma(w1, s21);
      s22 = x.fma(w2, s22);
      s23 = x.fma(w3, s23);
      x = FloatVector.fromArray(S, in, a + 3 * stride + k);
      s30 = x.fma(w0, s30);
      s31 = x.fma(w1, s31);
      s32 = x.fma(w2, s32);
      s33 = x.fma(w3, s33);
    }
    // Sum i and sum i + 8 share a register after the first round, then i + 4, i + 2, i + 1.
    s00 = merge(merge(s00, s20, M8, X8), merge(s10, s30, M8, X8), M4, X4);
    s01 = merge(merge(s01, s21, M8, X8), merge(s11, s31, M8, X8), M4, X4);
    s02 = merge(merge(s02, s22, M8, X8), merge(s12, s32, M8, X8), M4, X4);
    s03 = merge(merge(s03, s23, M8, X8), merge(s13, s33, M8, X8), M4, X4);
    merge(merge(s00, s02, M2, X2), merge(s01, s03, M2, X2), M1, X1).intoArray(sums, 0);
  }

  private static void tile1x16(
      float[] in, int a, float[] panel, int b, int depth, float[] out, int at) {
    FloatVector s0 = four(in, a, panel, b, depth);
    FloatVector s1 = four(in, a, panel, b + depth, depth);
    FloatVector s2 = four(in, a, panel, b + 2 * depth, depth);
    FloatVector s3 = four(in, a, panel, b + 3 * depth, depth);
    merge(merge(s0, s2, M2, X2), merge(s1, s3, M2, X2), M1, X1).intoArray(out, at);
  }

  /** Four sums of columns 4 apart, after the first two rounds of adding. */
  private static FloatVector four(float[] in, int a, float[] panel, int b, int depth) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int k = 0; k < depth; k += Kernels.LANES) {
      FloatVector x = FloatVector.fromArray(S, in, a + k);
      s0 = x.fma(FloatVector.fromArray(S, panel, b + k), s0);
      s1 = x.fma(FloatVector.fromArray(S, panel, b + 4 * depth + k), s1);
      s2 = x.fma(FloatVector.fromArray(S, panel, b + 8 * depth + k), s2);
      s3 = x.fma(FloatVector.fromArray(S, panel, b + 12 * depth + k), s3);
    }
    return merge(merge(s0, s2, M8, X8), merge(s1, s3, M8, X8), M4, X4);
  }
}
