package io.quire.testkit.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How numbers lie in a buffer. */
public enum ElementType {
  /** Upper half of a single; 8 bits of precision. */
  BF16(2, Math.scalb(1.0, -8)),
  /** IEEE binary16; 11 bits of precision. */
  F16(2, Math.scalb(1.0, -11)),
  /** IEEE binary32. */
  F32(4, Math.scalb(1.0, -24));

  private final int bytes;
  private final double roundOff;

  ElementType(int bytes, double roundOff) {
    this.bytes = bytes;
    this.roundOff = roundOff;
  }

  /**
   * The type of activations for a registry type.
   *
   * @param dtype {@code bf16}, {@code f16} or {@code f32}
   * @return the type
   */
  public static ElementType of(String dtype) {
    return valueOf(dtype.toUpperCase(java.util.Locale.ROOT));
  }

  /** {@return size of an element in bytes} */
  public int bytes() {
    return bytes;
  }

  /** {@return the greatest relative error of rounding to nearest} */
  public double roundOff() {
    return roundOff;
  }

  /**
   * Reads an element.
   *
   * @param buffer where
   * @param index which element
   * @return its value
   */
  public double get(MemorySegment buffer, long index) {
    return switch (this) {
      case BF16 -> Float.intBitsToFloat(buffer.getAtIndex(SHORT, index) << 16);
      case F16 -> Float.float16ToFloat(buffer.getAtIndex(SHORT, index));
      case F32 -> buffer.getAtIndex(SINGLE, index);
    };
  }

  /**
   * Writes an element, rounded to nearest, ties to even.
   *
   * @param buffer where
   * @param index which element
   * @param value its value
   */
  public void set(MemorySegment buffer, long index, double value) {
    float single = (float) value;
    switch (this) {
      case BF16 -> buffer.setAtIndex(SHORT, index, bf16(single));
      case F16 -> buffer.setAtIndex(SHORT, index, Float.floatToFloat16(single));
      default -> buffer.setAtIndex(SINGLE, index, single);
    }
  }

  /**
   * Rounds as {@link #set} does.
   *
   * @param value any number
   * @return what would be read back
   */
  public double round(double value) {
    return switch (this) {
      case BF16 -> Float.intBitsToFloat(bf16((float) value) << 16);
      case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
      case F32 -> (float) value;
    };
  }

  /**
   * A buffer with the given numbers.
   *
   * @param values the numbers
   * @return native memory, reclaimed with its last use
   */
  public MemorySegment buffer(double... values) {
    MemorySegment buffer = Arena.ofAuto().allocate((long) values.length * bytes, 64);
    for (int i = 0; i < values.length; i++) {
      set(buffer, i, values[i]);
    }
    return buffer;
  }

  /**
   * A buffer full of NaN, for outputs.
   *
   * @param elements how many
   * @return native memory, reclaimed with its last use
   */
  public MemorySegment nans(long elements) {
    MemorySegment buffer = Arena.ofAuto().allocate(elements * bytes, 64);
    for (long i = 0; i < elements; i++) {
      set(buffer, i, Double.NaN);
    }
    return buffer;
  }

  /**
   * Reads a whole buffer.
   *
   * @param buffer where
   * @return its elements
   */
  public double[] values(MemorySegment buffer) {
    double[] values = new double[Math.toIntExact(buffer.byteSize() / bytes)];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(buffer, i);
    }
    return values;
  }

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfFloat SINGLE = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }
}
