package io.quire.backend.cpu.kernel;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Stored values to floats, value by value.
 *
 * @see DType for the block layouts
 */
final class PlainDecoder {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private PlainDecoder() {}

  static void decode(DType type, MemorySegment data, long offset, int count, float[] out, int at) {
    switch (type) {
      case F32 -> MemorySegment.copy(data, FLOAT, offset, out, at, count);
      case F16 -> f16(data, offset, count, out, at);
      case BF16 -> bf16(data, offset, count, out, at);
      default -> {
        int size = type.blockElements();
        for (int i = 0; i < count; i += size) {
          block(type, data, offset + (long) (i / size) * type.blockBytes(), out, at + i);
        }
      }
    }
  }

  private static void block(DType type, MemorySegment data, long b, float[] out, int at) {
    switch (type) {
      case Q4_0 -> nibbles(data, b + 2, half(data, b), -8 * half(data, b), out, at);
      case Q4_1 -> nibbles(data, b + 4, half(data, b), half(data, b + 2), out, at);
      case Q5_0 ->
          fifths(data, b + 6, data.get(INT, b + 2), half(data, b), -16 * half(data, b), out, at);
      case Q5_1 ->
          fifths(data, b + 8, data.get(INT, b + 4), half(data, b), half(data, b + 2), out, at);
      case Q8_0 -> bytes(data, b + 2, half(data, b), out, at);
      case Q4_K -> q4k(data, b, out, at);
      case Q5_K -> q5k(data, b, out, at);
      case Q6_K -> q6k(data, b, out, at);
      default -> throw new IllegalArgumentException(type + " has no blocks");
    }
  }

  static float half(MemorySegment data, long offset) {
    return Float.float16ToFloat(data.get(SHORT, offset));
  }

  static void f16(MemorySegment data, long offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i++) {
      out[at + i] = Float.float16ToFloat(data.get(SHORT, offset + 2L * i));
    }
  }

  static void bf16(MemorySegment data, long offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i++) {
      out[at + i] = Float.intBitsToFloat(data.get(SHORT, offset + 2L * i) << 16);
    }
  }

  /** 32 values: low nibbles of 16 bytes, then the high ones. */
  private static void nibbles(
      MemorySegment data, long from, float scale, float min, float[] out, int at) {
    for (int i = 0; i < 16; i++) {
      int pair = unsigned(data, from + i);
      out[at + i] = Math.fma(scale, pair & 15, min);
      out[at + 16 + i] = Math.fma(scale, pair >> 4, min);
    }
  }

  private static void fifths(
      MemorySegment data, long from, int high, float scale, float min, float[] out, int at) {
    for (int i = 0; i < 16; i++) {
      int pair = unsigned(data, from + i);
      int low = pair & 15 | (high >>> i & 1) << 4;
      int top = pair >> 4 | (high >>> i + 16 & 1) << 4;
      out[at + i] = Math.fma(scale, low, min);
      out[at + 16 + i] = Math.fma(scale, top, min);
    }
  }

  private static void bytes(MemorySegment data, long from, float scale, float[] out, int at) {
    for (int i = 0; i < 32; i++) {
      out[at + i] = scale * data.get(ValueLayout.JAVA_BYTE, from + i);
    }
  }

  private static void q4k(MemorySegment data, long b, float[] out, int at) {
    for (int group = 0; group < 8; group++) {
      float scale = half(data, b) * scale(data, b + 4, group);
      float min = -(half(data, b + 2) * minimum(data, b + 4, group));
      long from = b + 16 + 32 * (group / 2);
      for (int i = 0; i < 32; i++) {
        int q = unsigned(data, from + i) >> 4 * (group % 2) & 15;
        out[at + 32 * group + i] = Math.fma(scale, q, min);
      }
    }
  }

  private static void q5k(MemorySegment data, long b, float[] out, int at) {
    for (int group = 0; group < 8; group++) {
      float scale = half(data, b) * scale(data, b + 4, group);
      float min = -(half(data, b + 2) * minimum(data, b + 4, group));
      long from = b + 48 + 32 * (group / 2);
      for (int i = 0; i < 32; i++) {
        int q = unsigned(data, from + i) >> 4 * (group % 2) & 15;
        int fifth = unsigned(data, b + 16 + i) >> group & 1;
        out[at + 32 * group + i] = Math.fma(scale, q | fifth << 4, min);
      }
    }
  }

  private static void q6k(MemorySegment data, long b, float[] out, int at) {
    for (int group = 0; group < 8; group++) {
      int part = group % 4;
      long low = b + 64 * (group / 4) + 32 * (part % 2);
      long high = b + 128 + 32 * (group / 4);
      for (int i = 0; i < 32; i++) {
        float scale =
            half(data, b + 208) * data.get(ValueLayout.JAVA_BYTE, b + 192 + 2 * group + i / 16);
        int q = unsigned(data, low + i) >> 4 * (part / 2) & 15;
        int pair = unsigned(data, high + i) >> 2 * part & 3;
        out[at + 32 * group + i] = scale * ((q | pair << 4) - 32);
      }
    }
  }

  /** The six-bit scale of a group, from 12 packed bytes. */
  static int scale(MemorySegment data, long packed, int group) {
    return group < 4
        ? unsigned(data, packed + group) & 63
        : unsigned(data, packed + group + 4) & 15 | unsigned(data, packed + group - 4) >> 6 << 4;
  }

  /** The six-bit minimum of a group, from 12 packed bytes. */
  static int minimum(MemorySegment data, long packed, int group) {
    return group < 4
        ? unsigned(data, packed + group + 4) & 63
        : unsigned(data, packed + group + 4) >> 4 | unsigned(data, packed + group) >> 6 << 4;
  }

  private static int unsigned(MemorySegment data, long offset) {
    return data.get(ValueLayout.JAVA_BYTE, offset) & 255;
  }
}
