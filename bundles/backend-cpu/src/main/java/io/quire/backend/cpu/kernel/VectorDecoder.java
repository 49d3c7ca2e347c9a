package io.quire.backend.cpu.kernel;

import static io.quire.backend.cpu.kernel.VectorShape.BYTES;
import static io.quire.backend.cpu.kernel.VectorShape.FLOATS;
import static io.quire.backend.cpu.kernel.VectorShape.INTS;
import static io.quire.backend.cpu.kernel.VectorShape.WIDTH;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Stored values to floats, a vector at a time. Vectors of fewer than 8 floats gain nothing over the
 * plain loops and use them.
 */
final class VectorDecoder {
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  private VectorDecoder() {}

  static void decode(DType type, MemorySegment data, long offset, int count, float[] out, int at) {
    if (WIDTH < 8) {
      PlainDecoder.decode(type, data, offset, count, out, at);
      return;
    }
    switch (type) {
      case Q4_0 -> q40(data, offset, count, out, at);
      case Q4_1 -> q41(data, offset, count, out, at);
      case Q5_0 -> q50(data, offset, count, out, at);
      case Q5_1 -> q51(data, offset, count, out, at);
      case Q8_0 -> q80(data, offset, count, out, at);
      case Q4_K -> q4k(data, offset, count, out, at);
      case Q5_K -> q5k(data, offset, count, out, at);
      case Q6_K -> q6k(data, offset, count, out, at);
      default -> PlainDecoder.decode(type, data, offset, count, out, at);
    }
  }

  private static void q40(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 32, b += 18) {
      float scale = PlainDecoder.half(data, b);
      nibbles(data, b + 2, scale, -8 * scale, out, at + i);
    }
  }

  private static void q41(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 32, b += 20) {
      float scale = PlainDecoder.half(data, b);
      nibbles(data, b + 4, scale, PlainDecoder.half(data, b + 2), out, at + i);
    }
  }

  private static void nibbles(
      MemorySegment data, long from, float scale, float min, float[] out, int at) {
    FloatVector d = FloatVector.broadcast(FLOATS, scale);
    FloatVector m = FloatVector.broadcast(FLOATS, min);
    for (int i = 0; i < 16; i += WIDTH) {
      IntVector pair = unsigned(data, from + i);
      toFloat(pair.and(15)).fma(d, m).intoArray(out, at + i);
      toFloat(pair.lanewise(VectorOperators.LSHR, 4)).fma(d, m).intoArray(out, at + 16 + i);
    }
  }

  private static void q50(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 32, b += 22) {
      float scale = PlainDecoder.half(data, b);
      int high = data.get(PlainDecoder.INT, b + 2);
      fifths(data, b + 6, high, scale, -16 * scale, out, at + i);
    }
  }

  private static void q51(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 32, b += 24) {
      float scale = PlainDecoder.half(data, b);
      int high = data.get(PlainDecoder.INT, b + 4);
      fifths(data, b + 8, high, scale, PlainDecoder.half(data, b + 2), out, at + i);
    }
  }

  private static void fifths(
      MemorySegment data, long from, int high, float scale, float min, float[] out, int at) {
    FloatVector d = FloatVector.broadcast(FLOATS, scale);
    FloatVector m = FloatVector.broadcast(FLOATS, min);
    IntVector bits = IntVector.broadcast(INTS, high);
    IntVector lane = IntVector.broadcast(INTS, 0).addIndex(1);
    for (int i = 0; i < 16; i += WIDTH) {
      IntVector pair = unsigned(data, from + i);
      IntVector low = bits.lanewise(VectorOperators.LSHR, lane.add(i)).and(1);
      IntVector top = bits.lanewise(VectorOperators.LSHR, lane.add(i + 16)).and(1);
      low = low.lanewise(VectorOperators.LSHL, 4).or(pair.and(15));
      top = top.lanewise(VectorOperators.LSHL, 4).or(pair.lanewise(VectorOperators.LSHR, 4));
      toFloat(low).fma(d, m).intoArray(out, at + i);
      toFloat(top).fma(d, m).intoArray(out, at + 16 + i);
    }
  }

  private static void q80(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 32, b += 34) {
      FloatVector d = FloatVector.broadcast(FLOATS, PlainDecoder.half(data, b));
      for (int j = 0; j < 32; j += WIDTH) {
        ByteVector q = ByteVector.fromMemorySegment(BYTES, data, b + 2 + j, LITTLE);
        FloatVector x = (FloatVector) q.convertShape(VectorOperators.B2F, FLOATS, 0);
        x.mul(d).intoArray(out, at + i + j);
      }
    }
  }

  private static void q4k(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 256, b += 144) {
      for (int pair = 0; pair < 4; pair++) {
        superNibbles(data, b, b + 16 + 32 * pair, 0, pair, out, at + i + 64 * pair);
      }
    }
  }

  private static void q5k(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 256, b += 176) {
      for (int pair = 0; pair < 4; pair++) {
        superNibbles(data, b, b + 48 + 32 * pair, b + 16, pair, out, at + i + 64 * pair);
      }
    }
  }

  /** Two groups of 32: low nibbles, then high ones, with a fifth bit where there are such. */
  private static void superNibbles(
      MemorySegment data, long b, long from, long fifths, int pair, float[] out, int at) {
    float scale = PlainDecoder.half(data, b);
    float min = PlainDecoder.half(data, b + 2);
    int g = 2 * pair;
    float d0 = scale * PlainDecoder.scale(data, b + 4, g);
    float d1 = scale * PlainDecoder.scale(data, b + 4, g + 1);
    FloatVector m0 = FloatVector.broadcast(FLOATS, -(min * PlainDecoder.minimum(data, b + 4, g)));
    FloatVector m1 =
        FloatVector.broadcast(FLOATS, -(min * PlainDecoder.minimum(data, b + 4, g + 1)));
    for (int i = 0; i < 32; i += WIDTH) {
      IntVector q = unsigned(data, from + i);
      IntVector low = q.and(15);
      IntVector top = q.lanewise(VectorOperators.LSHR, 4);
      if (fifths != 0) {
        IntVector bits = unsigned(data, fifths + i).lanewise(VectorOperators.LSHR, g);
        low = low.or(bits.and(1).lanewise(VectorOperators.LSHL, 4));
        top = top.or(bits.and(2).lanewise(VectorOperators.LSHL, 3));
      }
      toFloat(low).fma(FloatVector.broadcast(FLOATS, d0), m0).intoArray(out, at + i);
      toFloat(top).fma(FloatVector.broadcast(FLOATS, d1), m1).intoArray(out, at + 32 + i);
    }
  }

  private static void q6k(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 256, b += 210) {
      float scale = PlainDecoder.half(data, b + 208);
      for (int half = 0; half < 2; half++) {
        for (int j = 0; j < 32; j += WIDTH) {
          long scales = b + 192 + 8 * half + j / 16;
          sixths(
              data,
              b + 64 * half + j,
              b + 128 + 32 * half + j,
              scales,
              scale,
              out,
              at + i + 128 * half + j);
        }
      }
    }
  }

  private static void sixths(
      MemorySegment data, long low, long high, long scales, float scale, float[] out, int at) {
    IntVector a = unsigned(data, low);
    IntVector b = unsigned(data, low + 32);
    IntVector h = unsigned(data, high);
    float d0 = scale * data.get(ValueLayout.JAVA_BYTE, scales);
    float d1 = scale * data.get(ValueLayout.JAVA_BYTE, scales + 2);
    float d2 = scale * data.get(ValueLayout.JAVA_BYTE, scales + 4);
    float d3 = scale * data.get(ValueLayout.JAVA_BYTE, scales + 6);
    IntVector q = a.and(15).or(h.and(3).lanewise(VectorOperators.LSHL, 4));
    toFloat(q.sub(32)).mul(d0).intoArray(out, at);
    q = b.and(15).or(h.and(12).lanewise(VectorOperators.LSHL, 2));
    toFloat(q.sub(32)).mul(d1).intoArray(out, at + 32);
    q = a.lanewise(VectorOperators.LSHR, 4).or(h.and(48));
    toFloat(q.sub(32)).mul(d2).intoArray(out, at + 64);
    q = b.lanewise(VectorOperators.LSHR, 4).or(h.and(192).lanewise(VectorOperators.LSHR, 2));
    toFloat(q.sub(32)).mul(d3).intoArray(out, at + 96);
  }

  private static IntVector unsigned(MemorySegment data, long offset) {
    return (IntVector)
        ByteVector.fromMemorySegment(BYTES, data, offset, LITTLE)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
  }

  private static FloatVector toFloat(IntVector x) {
    return (FloatVector) x.convertShape(VectorOperators.I2F, FLOATS, 0);
  }
}
