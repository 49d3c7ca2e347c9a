package io.quire.testkit.kernel;

import io.quire.api.model.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Random weights as model files store them, and what they mean. Of quantised types every bit is
 * random but those of the scales, which keep weights within about {@link #MAGNITUDE}.
 *
 * @param bytes the rows, and behind them {@link #POISONED} rows of NaN that nobody may read
 * @param values the weights, row by row
 * @see DType the layouts of blocks
 */
record WeightBlocks(MemorySegment bytes, double[] values) {
  /** Rows of NaN behind the weights. */
  static final int POISONED = 3;

  /** No weight, and no part of the sum that it is decoded by, is greater. */
  static final double MAGNITUDE = 4;

  private static final byte ALL_ONES = (byte) 0xff;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;

  /**
   * The type of a registry name.
   *
   * @param dtype such as {@code q4_1}
   * @return the type
   */
  static DType type(String dtype) {
    return DType.valueOf(dtype.toUpperCase(Locale.ROOT));
  }

  /**
   * Makes a matrix.
   *
   * @param type how it is stored
   * @param rows of it
   * @param columns a multiple of the type's block
   * @param random where the bits come from
   * @return the matrix, at a multiple of 64 bytes
   */
  static WeightBlocks random(DType type, int rows, int columns, RandomGenerator random) {
    long size = type.bytes((long) rows * columns);
    MemorySegment all =
        Arena.ofAuto().allocate(size + type.bytes((long) POISONED * columns), 64).fill(ALL_ONES);
    MemorySegment bytes = all.asSlice(0, size);
    double[] values = new double[rows * columns];
    if (type.quantised()) {
      byte[] bits = new byte[Math.toIntExact(size)];
      random.nextBytes(bits);
      bytes.copyFrom(MemorySegment.ofArray(bits));
      for (int i = 0; i < values.length / type.blockElements(); i++) {
        MemorySegment block = bytes.asSlice((long) i * type.blockBytes(), type.blockBytes());
        scale(type, block, random);
        double[] decoded = decode(type, block);
        System.arraycopy(decoded, 0, values, i * decoded.length, decoded.length);
      }
    } else {
      ElementType element = ElementType.valueOf(type.name());
      Arrays.setAll(values, i -> element.round(random.nextDouble(-2, 2)));
      for (int i = 0; i < values.length; i++) {
        element.set(bytes, i, values[i]);
      }
    }
    return new WeightBlocks(all, values);
  }

  /** Overwrites the block's own scales; those of parts of a block may have any bits. */
  private static void scale(DType type, MemorySegment block, RandomGenerator random) {
    double size = random.nextDouble(1, 2);
    switch (type) {
      case Q4_0 -> half(block, 0, random.nextBoolean() ? size / 8 : -size / 8);
      case Q5_0 -> half(block, 0, random.nextBoolean() ? size / 16 : -size / 16);
      case Q8_0 -> half(block, 0, size / 128);
      case Q4_1, Q5_1 -> {
        half(block, 0, size / (type == DType.Q4_1 ? 16 : 32));
        half(block, 2, random.nextDouble(-2, 2));
      }
      case Q4_K, Q5_K -> {
        half(block, 0, size / 64 / (type == DType.Q4_K ? 16 : 32));
        half(block, 2, random.nextDouble(-2, 2) / 64);
      }
      case Q6_K -> half(block, 208, size / 128 / 32);
      default -> throw new IllegalArgumentException(type + " has no blocks");
    }
  }

  private static double[] decode(DType type, MemorySegment block) {
    double[] weights = new double[type.blockElements()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] =
          switch (type) {
            case Q4_0 -> half(block, 0) * (nibble(block, 2, i) - 8);
            case Q4_1 -> half(block, 0) * nibble(block, 4, i) + half(block, 2);
            case Q5_0 -> half(block, 0) * (nibble(block, 6, i) + 16 * bit(block, 2, i) - 16);
            case Q5_1 ->
                half(block, 0) * (nibble(block, 8, i) + 16 * bit(block, 4, i)) + half(block, 2);
            case Q8_0 -> half(block, 0) * block.get(ValueLayout.JAVA_BYTE, 2 + i);
            case Q4_K -> group(block, i, longNibble(block, 16, i));
            case Q5_K -> {
              int fifth = unsigned(block, 16 + i % 32) >> i / 32 & 1;
              yield group(block, i, longNibble(block, 48, i) + 16 * fifth);
            }
            case Q6_K -> sixBits(block, i);
            default -> throw new IllegalArgumentException(type + " has no blocks");
          };
    }
    return weights;
  }

  /** Of 32 weights: the first 16 lie in the low halves of 16 bytes, the others in the high ones. */
  private static int nibble(MemorySegment block, int at, int i) {
    return unsigned(block, at + i % 16) >> (i < 16 ? 0 : 4) & 15;
  }

  private static int bit(MemorySegment block, int at, int i) {
    return unsigned(block, at + i / 8) >> i % 8 & 1;
  }

  /** Of 256 weights: two groups of 32 share 32 bytes, the first of them has the low halves. */
  private static int longNibble(MemorySegment block, int at, int i) {
    return unsigned(block, at + i / 64 * 32 + i % 32) >> (i / 32 % 2 == 0 ? 0 : 4) & 15;
  }

  /** Of 8 groups: 6 bits of scale and minimum each, packed in 12 bytes from byte 4 on. */
  private static double group(MemorySegment block, int i, int quantum) {
    int g = i / 32;
    int scale;
    int minimum;
    if (g < 4) {
      scale = unsigned(block, 4 + g) & 63;
      minimum = unsigned(block, 8 + g) & 63;
    } else {
      int low = unsigned(block, 8 + g);
      scale = low & 15 | unsigned(block, g) >> 6 << 4;
      minimum = low >> 4 | unsigned(block, 4 + g) >> 6 << 4;
    }
    return half(block, 0) * scale * quantum - half(block, 2) * minimum;
  }

  /** Halves of 128 weights: 64 bytes of low nibbles, 32 bytes of high pairs, 8 scales. */
  private static double sixBits(MemorySegment block, int i) {
    int part = i / 128;
    int in = i % 128;
    int low = unsigned(block, part * 64 + in % 64) >> (in < 64 ? 0 : 4) & 15;
    int high = unsigned(block, 128 + part * 32 + in % 32) >> in / 32 * 2 & 3;
    int scale = block.get(ValueLayout.JAVA_BYTE, 192 + i / 16);
    return half(block, 208) * scale * ((high << 4 | low) - 32);
  }

  private static int unsigned(MemorySegment block, long at) {
    return Byte.toUnsignedInt(block.get(ValueLayout.JAVA_BYTE, at));
  }

  private static double half(MemorySegment block, long at) {
    return Float.float16ToFloat(block.get(HALF, at));
  }

  private static void half(MemorySegment block, long at, double value) {
    block.set(HALF, at, Float.floatToFloat16((float) value));
  }
}
