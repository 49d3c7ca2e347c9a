package io.quire.backend.cpu.kernel;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/** Random weights of every type, and what they mean, in doubles, by the letter of the formats. */
public final class Stored {
  private Stored() {}

  /** Random blocks of values about as large as the size given. */
  public static byte[] random(DType type, int values, double magnitude, RandomGenerator random) {
    byte[] bytes = new byte[Math.toIntExact(type.bytes(values))];
    random.nextBytes(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int size = type.blockBytes();
    for (int b = 0; b < bytes.length; b += size) {
      switch (type) {
        case F32 -> buffer.putFloat(b, (float) (magnitude * random.nextGaussian()));
        case F16 -> buffer.putShort(b, half(magnitude * random.nextGaussian()));
        case BF16 ->
            buffer.putShort(
                b,
                (short)
                    (Float.floatToRawIntBits((float) (magnitude * random.nextGaussian())) >> 16));
        case Q6_K -> buffer.putShort(b + 208, half(magnitude * random.nextGaussian() / 2000));
        case Q4_K, Q5_K -> {
          buffer.putShort(b, half(magnitude * random.nextGaussian() / 400));
          buffer.putShort(b + 2, half(magnitude * random.nextGaussian() / 50));
        }
        case Q8_0 -> buffer.putShort(b, half(magnitude * random.nextGaussian() / 100));
        default -> {
          buffer.putShort(b, half(magnitude * random.nextGaussian() / 8));
          if (type == DType.Q4_1 || type == DType.Q5_1) {
            buffer.putShort(b + 2, half(magnitude * random.nextGaussian()));
          }
        }
      }
    }
    return bytes;
  }

  private static short half(double value) {
    return Float.floatToFloat16((float) value);
  }

  /** The value at an index. */
  public static double value(DType type, MemorySegment data, int index) {
    ByteBuffer all = data.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer b =
        all.slice(index / type.blockElements() * type.blockBytes(), type.blockBytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    int i = index % type.blockElements();
    return switch (type) {
      case F32 -> b.getFloat(0);
      case F16 -> half(b, 0);
      case BF16 -> Float.intBitsToFloat(b.getShort(0) << 16);
      case Q4_0 -> half(b, 0) * (nibble(b, 2, i, 16) - 8);
      case Q4_1 -> half(b, 0) * nibble(b, 4, i, 16) + half(b, 2);
      case Q5_0 -> half(b, 0) * (nibble(b, 6, i, 16) + 16 * bit(b, 2, i) - 16);
      case Q5_1 -> half(b, 0) * (nibble(b, 8, i, 16) + 16 * bit(b, 4, i)) + half(b, 2);
      case Q8_0 -> half(b, 0) * b.get(2 + i);
      case Q4_K -> superBlock(b, 16, i, 0);
      case Q5_K -> superBlock(b, 48, i, (b.get(16 + i % 32) >> i / 32 & 1) << 4);
      case Q6_K -> sixBits(b, i);
    };
  }

  private static double superBlock(ByteBuffer b, int nibbles, int i, int fifth) {
    int group = i / 32;
    int quant = nibble(b, nibbles + 32 * (group / 2), i % 64, 32) + fifth;
    int scale;
    int min;
    if (group < 4) {
      scale = b.get(4 + group) & 0x3f;
      min = b.get(8 + group) & 0x3f;
    } else {
      scale = b.get(8 + group) & 0x0f | (b.get(group) & 0xc0) >> 2;
      min = (b.get(8 + group) & 0xf0) >> 4 | (b.get(4 + group) & 0xc0) >> 2;
    }
    return half(b, 0) * scale * quant - half(b, 2) * min;
  }

  private static double sixBits(ByteBuffer b, int i) {
    int half = i / 128;
    int quarter = i % 128 / 32;
    int l = i % 32;
    int low = b.get(64 * half + 32 * (quarter % 2) + l) >> 4 * (quarter / 2) & 15;
    int high = b.get(128 + 32 * half + l) >> 2 * quarter & 3;
    return half(b, 208) * b.get(192 + i / 16) * (low + 16 * high - 32);
  }

  /** Values below {@code half} are low nibbles, the others high ones. */
  private static int nibble(ByteBuffer b, int at, int i, int half) {
    return b.get(at + i % half) >> (i < half ? 0 : 4) & 15;
  }

  private static int bit(ByteBuffer b, int at, int i) {
    return b.getInt(at) >>> i & 1;
  }

  private static double half(ByteBuffer b, int at) {
    return Float.float16ToFloat(b.getShort(at));
  }
}
