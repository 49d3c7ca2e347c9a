package io.quire.formats.random;

import io.quire.api.model.DType;
import java.nio.ByteBuffer;

/** Writes values in an element type, rounding to nearest. */
final class Encoder {
  private Encoder() {}

  /**
   * Encodes values that fill whole blocks.
   *
   * @param dtype one of those that random models come in
   * @param values the values
   * @param count how many
   * @param out little-endian, with room for them; its position moves behind them
   */
  static void encode(DType dtype, float[] values, int count, ByteBuffer out) {
    switch (dtype) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          out.putFloat(values[i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out.putShort(Float.floatToFloat16(values[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          out.putShort(bf16(values[i]));
        }
      }
      case Q8_0 -> {
        for (int i = 0; i < count; i += 32) {
          q8(values, i, out);
        }
      }
      case Q4_0 -> {
        for (int i = 0; i < count; i += 32) {
          q4(values, i, out);
        }
      }
      default -> throw new IllegalArgumentException("random models do not come in " + dtype);
    }
  }

  /** Rounds to the nearest, ties to even. */
  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  private static void q8(float[] values, int start, ByteBuffer out) {
    float scale = Math.abs(extreme(values, start)) / 127;
    float inverse = scale == 0 ? 0 : 1 / scale;
    out.putShort(Float.floatToFloat16(scale));
    for (int i = 0; i < 32; i++) {
      out.put((byte) Math.round(values[start + i] * inverse));
    }
  }

  private static void q4(float[] values, int start, ByteBuffer out) {
    float scale = extreme(values, start) / -8;
    float inverse = scale == 0 ? 0 : 1 / scale;
    out.putShort(Float.floatToFloat16(scale));
    for (int i = 0; i < 16; i++) {
      int low = nibble(values[start + i] * inverse);
      int high = nibble(values[start + 16 + i] * inverse);
      out.put((byte) (low | high << 4));
    }
  }

  private static int nibble(float scaled) {
    return Math.clamp(Math.round(scaled) + 8, 0, 15);
  }

  /** The value of the largest magnitude in a block. */
  private static float extreme(float[] values, int start) {
    float extreme = 0;
    for (int i = start; i < start + 32; i++) {
      if (Math.abs(values[i]) > Math.abs(extreme)) {
        extreme = values[i];
      }
    }
    return extreme;
  }
}
