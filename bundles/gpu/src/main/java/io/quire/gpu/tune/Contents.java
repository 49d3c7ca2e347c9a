package io.quire.gpu.tune;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;

/** What memory holds before a launch. */
final class Contents {
  /** Fills memory. */
  @FunctionalInterface
  interface Content {
    /**
     * Fills it.
     *
     * @param target the memory
     * @param random where numbers come from
     */
    void fill(MemorySegment target, RandomGenerator random);
  }

  /** Elements of a pattern that is repeated; a prime, so that rows of a matrix differ. */
  private static final int PERIOD = 32_749;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Contents() {}

  static Content zeros() {
    return (target, random) -> target.fill((byte) 0);
  }

  /** Activations and their weights: between -1 and 1. */
  static Content elements(Format format) {
    return (target, random) -> {
      int bytes = format.bytes();
      long count = Math.min(PERIOD, target.byteSize() / bytes);
      for (long i = 0; i < count; i++) {
        format.set(target, i, random.nextFloat() * 2 - 1);
      }
      repeat(target, count * bytes);
    };
  }

  /** Single-precision numbers between two. */
  static Content singles(float low, float high) {
    return (target, random) -> {
      long count = Math.min(PERIOD, target.byteSize() / Float.BYTES);
      for (long i = 0; i < count; i++) {
        target.setAtIndex(FLOAT, i, random.nextFloat(low, high));
      }
      repeat(target, count * Float.BYTES);
    };
  }

  /**
   * Blocks of quantised weights. Every byte is between 0x20 and 0x33, so that wherever a block has
   * its scales, they are half-precision numbers between 0.0078 and 0.25.
   */
  static Content blocks() {
    return (target, random) -> {
      long count = Math.min(PERIOD, target.byteSize());
      for (long i = 0; i < count; i++) {
        target.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(0x20, 0x34));
      }
      repeat(target, count);
    };
  }

  /** Whole numbers of 32 bits, each from its index. */
  static Content ints(IntUnaryOperator value) {
    return (target, random) -> {
      for (int i = 0; i < target.byteSize() / Integer.BYTES; i++) {
        target.setAtIndex(INT, i, value.applyAsInt(i));
      }
    };
  }

  /** The numbers from 0 on, each once, in a random order. */
  static Content shuffled() {
    return (target, random) -> {
      int count = Math.toIntExact(target.byteSize() / Integer.BYTES);
      for (int i = 0; i < count; i++) {
        int other = random.nextInt(i + 1);
        target.setAtIndex(INT, i, other == i ? i : target.getAtIndex(INT, other));
        target.setAtIndex(INT, other, i);
      }
    };
  }

  private static void repeat(MemorySegment target, long from) {
    long done = from;
    while (done > 0 && done < target.byteSize()) {
      long piece = Math.min(done, target.byteSize() - done);
      MemorySegment.copy(target, 0, target, done, piece);
      done += piece;
    }
  }

  /** How numbers lie in memory. */
  enum Format {
    /** Upper half of a single. */
    BF16,
    /** IEEE binary16. */
    F16,
    /** IEEE binary32. */
    F32,
    /** Bits that must agree. */
    EXACT;

    int bytes() {
      return switch (this) {
        case BF16, F16 -> Short.BYTES;
        case F32 -> Float.BYTES;
        case EXACT -> 1;
      };
    }

    /** Reads a number. */
    double get(MemorySegment memory, long index) {
      return switch (this) {
        case BF16 -> Float.intBitsToFloat(memory.getAtIndex(SHORT, index) << Short.SIZE);
        case F16 -> Float.float16ToFloat(memory.getAtIndex(SHORT, index));
        case F32 -> memory.getAtIndex(FLOAT, index);
        case EXACT -> memory.get(ValueLayout.JAVA_BYTE, index);
      };
    }

    private void set(MemorySegment memory, long index, float value) {
      switch (this) {
        case BF16 ->
            memory.setAtIndex(SHORT, index, (short) (Float.floatToIntBits(value) >> Short.SIZE));
        case F16 -> memory.setAtIndex(SHORT, index, Float.floatToFloat16(value));
        case F32 -> memory.setAtIndex(FLOAT, index, value);
        default -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) value);
      }
    }
  }
}
