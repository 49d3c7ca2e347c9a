package io.quire.backend.cpu.kernel;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of activations with rows of stored weights, vectors of 16 floats: weights go from their
 * blocks to the sums without being stored as floats. Rows taken together hide each other's latency:
 * two of nibbles, which is what the compiler inlines in one method, and four of bytes. Bytes are
 * copied together first: measured on Zen 5, unaligned blocks of 34 bytes load twice as fast from an
 * array in the first-level cache, and those of nibbles half as fast again without the copy.
 */
final class FusedDots {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
  private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;
  private static final int LANES = Kernels.LANES;
  private static final int BLOCK = 32;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private FusedDots() {}

  static boolean supports(DType type) {
    return type == DType.Q4_0 || type == DType.Q4_1 || type == DType.Q8_0;
  }

  static void run(
      DType type,
      MemorySegment data,
      long offset,
      long rowBytes,
      int columns,
      float[] in,
      int inAt,
      int width,
      Scratch scratch,
      float[] out) {
    float[] lanes = scratch.lanes;
    for (int first = 0; first < columns; first += LANES) {
      int rows = Math.min(LANES, columns - first);
      long from = offset + first * rowBytes;
      if (type == DType.Q8_0) {
        int stride = (int) rowBytes;
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, from, scratch.stored, 0, rows * stride);
        bytes(scratch.stored, stride, rows, in, inAt, width, lanes);
      } else {
        nibbles(data, from, rowBytes, rows, type.blockBytes(), in, inAt, width, lanes);
      }
      WideProducts.fold(lanes, out, first);
    }
  }

  /** Past the last row the last one is computed again; nobody reads its products. */
  private static void bytes(
      byte[] stored, int stride, int rows, float[] in, int at, int width, float[] lanes) {
    for (int c = 0; c < rows; c += 4) {
      int r1 = Math.min(c + 1, rows - 1) * stride;
      int r2 = Math.min(c + 2, rows - 1) * stride;
      int r3 = Math.min(c + 3, rows - 1) * stride;
      bytes(stored, c * stride, r1, r2, r3, in, at, width, lanes, c * LANES);
    }
  }

  /** As {@link #bytes}, straight from the segment. */
  private static void nibbles(
      MemorySegment data,
      long from,
      long rowBytes,
      int rows,
      int blockBytes,
      float[] in,
      int at,
      int width,
      float[] lanes) {
    for (int c = 0; c < rows; c += 2) {
      long r0 = from + c * rowBytes;
      long r1 = from + Math.min(c + 1, rows - 1) * rowBytes;
      nibbles(data, r0, r1, blockBytes, in, at, width, lanes, c * LANES);
    }
  }

  /** Blocks of a scale, a minimum if they are of 20 bytes, and 16 bytes of nibbles. */
  private static void nibbles(
      MemorySegment w,
      long r0,
      long r1,
      int blockBytes,
      float[] in,
      int at,
      int width,
      float[] lanes,
      int to) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    int from = blockBytes - LANES;
    for (int k = 0, b = 0; k < width; k += BLOCK, b += blockBytes) {
      FloatVector x = FloatVector.fromArray(S, in, at + k);
      FloatVector y = FloatVector.fromArray(S, in, at + k + LANES);
      int head = w.get(PlainDecoder.INT, r0 + b);
      FloatVector d = FloatVector.broadcast(S, low(head));
      FloatVector m = FloatVector.broadcast(S, from == 4 ? high(head) : -8 * low(head));
      IntVector q = unsigned(w, r0 + b + from);
      s0 = toFloat(q.and(15)).fma(d, m).fma(x, s0);
      s0 = toFloat(q.lanewise(VectorOperators.LSHR, 4)).fma(d, m).fma(y, s0);
      head = w.get(PlainDecoder.INT, r1 + b);
      d = FloatVector.broadcast(S, low(head));
      m = FloatVector.broadcast(S, from == 4 ? high(head) : -8 * low(head));
      q = unsigned(w, r1 + b + from);
      s1 = toFloat(q.and(15)).fma(d, m).fma(x, s1);
      s1 = toFloat(q.lanewise(VectorOperators.LSHR, 4)).fma(d, m).fma(y, s1);
    }
    s0.intoArray(lanes, to);
    s1.intoArray(lanes, to + LANES);
  }

  /** Blocks of a scale and 32 signed bytes. */
  private static void bytes(
      byte[] w,
      int r0,
      int r1,
      int r2,
      int r3,
      float[] in,
      int at,
      int width,
      float[] lanes,
      int to) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int k = 0, b = 0; k < width; k += BLOCK, b += 34) {
      FloatVector x = FloatVector.fromArray(S, in, at + k);
      FloatVector y = FloatVector.fromArray(S, in, at + k + LANES);
      float scale = half(w, r0 + b);
      s0 = signed(w, r0 + b + 2).mul(scale).fma(x, s0);
      s0 = signed(w, r0 + b + 2 + LANES).mul(scale).fma(y, s0);
      scale = half(w, r1 + b);
      s1 = signed(w, r1 + b + 2).mul(scale).fma(x, s1);
      s1 = signed(w, r1 + b + 2 + LANES).mul(scale).fma(y, s1);
      scale = half(w, r2 + b);
      s2 = signed(w, r2 + b + 2).mul(scale).fma(x, s2);
      s2 = signed(w, r2 + b + 2 + LANES).mul(scale).fma(y, s2);
      scale = half(w, r3 + b);
      s3 = signed(w, r3 + b + 2).mul(scale).fma(x, s3);
      s3 = signed(w, r3 + b + 2 + LANES).mul(scale).fma(y, s3);
    }
    s0.intoArray(lanes, to);
    s1.intoArray(lanes, to + LANES);
    s2.intoArray(lanes, to + 2 * LANES);
    s3.intoArray(lanes, to + 3 * LANES);
  }

  private static float low(int halves) {
    return Float.float16ToFloat((short) halves);
  }

  private static float high(int halves) {
    return Float.float16ToFloat((short) (halves >>> 16));
  }

  private static float half(byte[] w, int at) {
    return Float.float16ToFloat((short) SHORT.get(w, at));
  }

  private static IntVector unsigned(MemorySegment w, long at) {
    return (IntVector)
        ByteVector.fromMemorySegment(B, w, at, ByteOrder.LITTLE_ENDIAN)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0);
  }

  private static FloatVector toFloat(IntVector x) {
    return (FloatVector) x.convertShape(VectorOperators.I2F, S, 0);
  }

  private static FloatVector signed(byte[] w, int at) {
    return (FloatVector) ByteVector.fromArray(B, w, at).convertShape(VectorOperators.B2F, S, 0);
  }
}
