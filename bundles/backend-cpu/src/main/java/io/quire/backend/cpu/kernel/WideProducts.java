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
  private static final int LANES = Kernels.LANES;
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
      Scratch scratch,
      float[] out) {
    int quads = rows & -4;
    for (int r = 0; r < quads; r += 4) {
      int at = r * Kernels.PANEL;
      fourRows(in, inAt + r * inStride, inStride, panel, depth, columns, scratch, out, at);
    }
    for (int r = quads; r < rows; r++) {
      int at = r * Kernels.PANEL;
      oneRow(in, inAt + r * inStride, panel, depth, columns, scratch.lanes, out, at);
    }
  }

  private static void fourRows(
      float[] in,
      int a,
      int stride,
      float[] panel,
      int depth,
      int columns,
      Scratch scratch,
      float[] out,
      int at) {
    float[] sums = scratch.sums;
    for (int c = 0; c < columns; c += 4) {
      tile4x4(in, a, stride, panel, c * depth, depth, scratch.lanes);
      fold(scratch.lanes, sums, 0);
      for (int i = 0; i < 4; i++) {
        int to = at + i * Kernels.PANEL + c;
        out[to] = sums[4 * i];
        out[to + 1] = sums[4 * i + 1];
        out[to + 2] = sums[4 * i + 2];
        out[to + 3] = sums[4 * i + 3];
      }
    }
  }

  private static void oneRow(
      float[] in,
      int a,
      float[] panel,
      int depth,
      int columns,
      float[] lanes,
      float[] out,
      int at) {
    for (int c = 0; c < columns; c += LANES) {
      tile1x16(in, a, panel, c * depth, depth, lanes);
      fold(lanes, out, at + c);
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
      float[] in, int a, int stride, float[] panel, int b, int depth, float[] lanes) {
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
    for (int k = 0; k < depth; k += LANES) {
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
    s00.intoArray(lanes, 0);
    s01.intoArray(lanes, LANES);
    s02.intoArray(lanes, 2 * LANES);
    s03.intoArray(lanes, 3 * LANES);
    s10.intoArray(lanes, 4 * LANES);
    s11.intoArray(lanes, 5 * LANES);
    s12.intoArray(lanes, 6 * LANES);
    s13.intoArray(lanes, 7 * LANES);
    s20.intoArray(lanes, 8 * LANES);
    s21.intoArray(lanes, 9 * LANES);
    s22.intoArray(lanes, 10 * LANES);
    s23.intoArray(lanes, 11 * LANES);
    s30.intoArray(lanes, 12 * LANES);
    s31.intoArray(lanes, 13 * LANES);
    s32.intoArray(lanes, 14 * LANES);
    s33.intoArray(lanes, 15 * LANES);
  }

  private static void tile1x16(float[] in, int a, float[] panel, int b, int depth, float[] lanes) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    FloatVector s8 = s0;
    FloatVector s9 = s0;
    FloatVector s10 = s0;
    FloatVector s11 = s0;
    FloatVector s12 = s0;
    FloatVector s13 = s0;
    FloatVector s14 = s0;
    FloatVector s15 = s0;
    for (int k = 0; k < depth; k += LANES) {
      FloatVector x = FloatVector.fromArray(S, in, a + k);
      s0 = x.fma(FloatVector.fromArray(S, panel, b + k), s0);
      s1 = x.fma(FloatVector.fromArray(S, panel, b + depth + k), s1);
      s2 = x.fma(FloatVector.fromArray(S, panel, b + 2 * depth + k), s2);
      s3 = x.fma(FloatVector.fromArray(S, panel, b + 3 * depth + k), s3);
      s4 = x.fma(FloatVector.fromArray(S, panel, b + 4 * depth + k), s4);
      s5 = x.fma(FloatVector.fromArray(S, panel, b + 5 * depth + k), s5);
      s6 = x.fma(FloatVector.fromArray(S, panel, b + 6 * depth + k), s6);
      s7 = x.fma(FloatVector.fromArray(S, panel, b + 7 * depth + k), s7);
      s8 = x.fma(FloatVector.fromArray(S, panel, b + 8 * depth + k), s8);
      s9 = x.fma(FloatVector.fromArray(S, panel, b + 9 * depth + k), s9);
      s10 = x.fma(FloatVector.fromArray(S, panel, b + 10 * depth + k), s10);
      s11 = x.fma(FloatVector.fromArray(S, panel, b + 11 * depth + k), s11);
      s12 = x.fma(FloatVector.fromArray(S, panel, b + 12 * depth + k), s12);
      s13 = x.fma(FloatVector.fromArray(S, panel, b + 13 * depth + k), s13);
      s14 = x.fma(FloatVector.fromArray(S, panel, b + 14 * depth + k), s14);
      s15 = x.fma(FloatVector.fromArray(S, panel, b + 15 * depth + k), s15);
    }
    s0.intoArray(lanes, 0);
    s1.intoArray(lanes, LANES);
    s2.intoArray(lanes, 2 * LANES);
    s3.intoArray(lanes, 3 * LANES);
    s4.intoArray(lanes, 4 * LANES);
    s5.intoArray(lanes, 5 * LANES);
    s6.intoArray(lanes, 6 * LANES);
    s7.intoArray(lanes, 7 * LANES);
    s8.intoArray(lanes, 8 * LANES);
    s9.intoArray(lanes, 9 * LANES);
    s10.intoArray(lanes, 10 * LANES);
    s11.intoArray(lanes, 11 * LANES);
    s12.intoArray(lanes, 12 * LANES);
    s13.intoArray(lanes, 13 * LANES);
    s14.intoArray(lanes, 14 * LANES);
    s15.intoArray(lanes, 15 * LANES);
  }

  /**
   * Adds the lanes of 16 sums: sums i and i + 8 share a register after the first round, then i + 4,
   * i + 2, i + 1.
   *
   * @param lanes {@code [16][16]}; overwritten
   */
  static void fold(float[] lanes, float[] out, int at) {
    for (int i = 0; i < 4 * LANES; i += LANES) {
      FloatVector a = FloatVector.fromArray(S, lanes, i);
      FloatVector b = FloatVector.fromArray(S, lanes, i + 4 * LANES);
      FloatVector c = FloatVector.fromArray(S, lanes, i + 8 * LANES);
      FloatVector d = FloatVector.fromArray(S, lanes, i + 12 * LANES);
      merge(merge(a, c, M8, X8), merge(b, d, M8, X8), M4, X4).intoArray(lanes, i);
    }
    FloatVector a = FloatVector.fromArray(S, lanes, 0);
    FloatVector b = FloatVector.fromArray(S, lanes, LANES);
    FloatVector c = FloatVector.fromArray(S, lanes, 2 * LANES);
    FloatVector d = FloatVector.fromArray(S, lanes, 3 * LANES);
    merge(merge(a, c, M2, X2), merge(b, d, M2, X2), M1, X1).intoArray(out, at);
  }
}
