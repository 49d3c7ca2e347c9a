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
 * blocks to the sums without being stored as floats; they are copied together as they are first,
 * because vectors are loaded from arrays with fewer checks than from segments. Two rows at a time,
 * so that one's sum hides the latency of the other's.
 */
final class FusedDots {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
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
    int stride = (int) rowBytes;
    byte[] stored = scratch.stored;
    for (int first = 0; first < columns; first += LANES) {
      int rows = Math.min(LANES, columns - first);
      MemorySegment.copy(
          data, ValueLayout.JAVA_BYTE, offset + first * rowBytes, stored, 0, rows * stride);
      for (int c = 0; c < rows; c += 2) {
        // An odd last row is computed twice; nobody reads the second product.
        int a = c * stride;
        int b = Math.min(c + 1, rows - 1) * stride;
        switch (type) {
          case Q4_0 -> nibbles(stored, a, b, 18, in, inAt, width, scratch.lanes, c * LANES);
          case Q4_1 -> nibbles(stored, a, b, 20, in, inAt, width, scratch.lanes, c * LANES);
          default -> bytes(stored, a, b, in, inAt, width, scratch.lanes, c * LANES);
        }
      }
      WideProducts.fold(scratch.lanes, out, first);
    }
  }

  /** Blocks of a scale, a minimum if they are of 20 bytes, and 16 bytes of nibbles. */
  private static void nibbles(
      byte[] w,
      int a,
      int b,
      int blockBytes,
      float[] in,
      int at,
      int width,
      float[] lanes,
      int to) {
    FloatVector s = FloatVector.zero(S);
    FloatVector t = s;
    int from = blockBytes - LANES;
    for (int k = 0, i = a, j = b; k < width; k += BLOCK, i += blockBytes, j += blockBytes) {
      FloatVector x = FloatVector.fromArray(S, in, at + k);
      FloatVector y = FloatVector.fromArray(S, in, at + k + LANES);
      float scale = half(w, i);
      FloatVector d = FloatVector.broadcast(S, scale);
      FloatVector m = FloatVector.broadcast(S, from == 4 ? half(w, i + 2) : -8 * scale);
      IntVector q = unsigned(w, i + from);
      s = VectorDecoder.toFloat(q.and(15)).fma(d, m).fma(x, s);
      s = VectorDecoder.toFloat(q.lanewise(VectorOperators.LSHR, 4)).fma(d, m).fma(y, s);
      scale = half(w, j);
      d = FloatVector.broadcast(S, scale);
      m = FloatVector.broadcast(S, from == 4 ? half(w, j + 2) : -8 * scale);
      q = unsigned(w, j + from);
      t = VectorDecoder.toFloat(q.and(15)).fma(d, m).fma(x, t);
      t = VectorDecoder.toFloat(q.lanewise(VectorOperators.LSHR, 4)).fma(d, m).fma(y, t);
    }
    s.intoArray(lanes, to);
    t.intoArray(lanes, to + LANES);
  }

  /** Blocks of a scale and 32 signed bytes. */
  private static void bytes(
      byte[] w, int a, int b, float[] in, int at, int width, float[] lanes, int to) {
    FloatVector s = FloatVector.zero(S);
    FloatVector t = s;
    for (int k = 0, i = a, j = b; k < width; k += BLOCK, i += 34, j += 34) {
      FloatVector x = FloatVector.fromArray(S, in, at + k);
      FloatVector y = FloatVector.fromArray(S, in, at + k + LANES);
      float scale = half(w, i);
      s = signed(w, i + 2).mul(scale).fma(x, s);
      s = signed(w, i + 2 + LANES).mul(scale).fma(y, s);
      scale = half(w, j);
      t = signed(w, j + 2).mul(scale).fma(x, t);
      t = signed(w, j + 2 + LANES).mul(scale).fma(y, t);
    }
    s.intoArray(lanes, to);
    t.intoArray(lanes, to + LANES);
  }

  private static float half(byte[] w, int at) {
    return Float.float16ToFloat((short) SHORT.get(w, at));
  }

  private static IntVector unsigned(byte[] w, int at) {
    return (IntVector)
        ByteVector.fromArray(ByteVector.SPECIES_128, w, at)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0);
  }

  private static FloatVector signed(byte[] w, int at) {
    return (FloatVector)
        ByteVector.fromArray(ByteVector.SPECIES_128, w, at).convertShape(VectorOperators.B2F, S, 0);
  }
}
