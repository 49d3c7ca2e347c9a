package io.quire.backend.cpu.kernel;

import static io.quire.backend.cpu.kernel.VectorShape.BYTES;
import static io.quire.backend.cpu.kernel.VectorShape.FLOATS;
import static io.quire.backend.cpu.kernel.VectorShape.INTS;
import static io.quire.backend.cpu.kernel.VectorShape.SHORTS;
import static io.quire.backend.cpu.kernel.VectorShape.WIDTH;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Stored values to floats, a vector at a time. Vectors of fewer than 8 floats gain nothing over the
 * plain loops and use them. Bodies of loops are kept small: a method of too many vector operations
 * makes the compiler stop inlining, and what is not inlined lives in objects.
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
      case BF16 -> bf16(data, offset, count, out, at);
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
      for (int group = 0; group < 8; group++) {
        FloatVector d = superScale(data, b, group);
        FloatVector m = superMinimum(data, b, group);
        long from = b + 16 + 32 * (group / 2);
        int shift = 4 * (group % 2);
        for (int j = 0; j < 32; j += WIDTH) {
          IntVector q = unsigned(data, from + j).lanewise(VectorOperators.LSHR, shift).and(15);
          toFloat(q).fma(d, m).intoArray(out, at + i + 32 * group + j);
        }
      }
    }
  }

  private static void q5k(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 256, b += 176) {
      for (int group = 0; group < 8; group++) {
        FloatVector d = superScale(data, b, group);
        FloatVector m = superMinimum(data, b, group);
        long from = b + 48 + 32 * (group / 2);
        int shift = 4 * (group % 2);
        for (int j = 0; j < 32; j += WIDTH) {
          IntVector q = unsigned(data, from + j).lanewise(VectorOperators.LSHR, shift).and(15);
          IntVector fifth = unsigned(data, b + 16 + j).lanewise(VectorOperators.LSHR, group).and(1);
          q = q.or(fifth.lanewise(VectorOperators.LSHL, 4));
          toFloat(q).fma(d, m).intoArray(out, at + i + 32 * group + j);
        }
      }
    }
  }

  private static FloatVector superScale(MemorySegment data, long b, int group) {
    float scale = PlainDecoder.half(data, b) * PlainDecoder.scale(data, b + 4, group);
    return FloatVector.broadcast(FLOATS, scale);
  }

  private static FloatVector superMinimum(MemorySegment data, long b, int group) {
    float min = PlainDecoder.half(data, b + 2) * PlainDecoder.minimum(data, b + 4, group);
    return FloatVector.broadcast(FLOATS, -min);
  }

  private static void q6k(MemorySegment data, long offset, int count, float[] out, int at) {
    long b = offset;
    for (int i = 0; i < count; i += 256, b += 210) {
      float scale = PlainDecoder.half(data, b + 208);
      for (int group = 0; group < 16; group++) {
        int part = group / 2 % 4;
        long low = b + 64 * (group / 8) + 32 * (part % 2) + 16 * (group % 2);
        long high = b + 128 + 32 * (group / 8) + 16 * (group % 2);
        float d = scale * data.get(ValueLayout.JAVA_BYTE, b + 192 + group);
        for (int j = 0; j < 16; j += WIDTH) {
          IntVector q =
              unsigned(data, low + j).lanewise(VectorOperators.LSHR, 4 * (part / 2)).and(15);
          IntVector top = unsigned(data, high + j).lanewise(VectorOperators.LSHR, 2 * part).and(3);
          q = q.or(top.lanewise(VectorOperators.LSHL, 4)).sub(32);
          toFloat(q).mul(d).intoArray(out, at + i + 16 * group + j);
        }
      }
    }
  }

  private static void bf16(MemorySegment data, long offset, int count, float[] out, int at) {
    int bound = count & -WIDTH;
    for (int i = 0; i < bound; i += WIDTH) {
      IntVector upper =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, data, offset + 2L * i, LITTLE)
                  .convertShape(VectorOperators.S2I, INTS, 0);
      upper.lanewise(VectorOperators.LSHL, 16).viewAsFloatingLanes().intoArray(out, at + i);
    }
    PlainDecoder.bf16(data, offset + 2L * bound, count - bound, out, at + bound);
  }

  private static IntVector unsigned(MemorySegment data, long offset) {
    return (IntVector)
        ByteVector.fromMemorySegment(BYTES, data, offset, LITTLE)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
  }

  static FloatVector toFloat(IntVector x) {
    return (FloatVector) x.convertShape(VectorOperators.I2F, FLOATS, 0);
  }
}
