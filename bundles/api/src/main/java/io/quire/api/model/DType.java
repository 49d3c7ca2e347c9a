package io.quire.api.model;

/**
 * Element types of weights and caches, as stored: a quantised type is a run of blocks, each with
 * its own scales.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 *     and ggml-common.h for the block layouts
 */
public enum DType {
  /** IEEE 754 single precision. */
  F32(1, 4),
  /** IEEE 754 half precision. */
  F16(1, 2),
  /** The upper half of a single. */
  BF16(1, 2),
  /** 32 values: fp16 scale d, 16 bytes of nibbles; value = d * (nibble - 8). */
  Q4_0(32, 18),
  /** 32 values: fp16 scale d, fp16 minimum m, 16 bytes of nibbles; value = d * nibble + m. */
  Q4_1(32, 20),
  /** 32 values: fp16 scale d, 4 bytes of fifth bits, 16 bytes of nibbles; value = d * (q - 16). */
  Q5_0(32, 22),
  /**
   * 32 values: fp16 scale d, fp16 minimum m, 4 bytes of fifth bits, 16 bytes of nibbles; value = d
   * * q + m.
   */
  Q5_1(32, 24),
  /** 32 values: fp16 scale d, 32 signed bytes; value = d * q. */
  Q8_0(32, 34),
  /**
   * 256 values in 8 groups: fp16 d and dmin, 12 bytes of 6-bit scales and minima, 128 bytes of
   * nibbles.
   */
  Q4_K(256, 144),
  /** 256 values in 8 groups: as {@link #Q4_K} with 32 bytes of fifth bits before the nibbles. */
  Q5_K(256, 176),
  /**
   * 256 values in 16 groups: 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed
   * scales, fp16 d.
   */
  Q6_K(256, 210);

  private final int blockElements;
  private final int blockBytes;

  DType(int blockElements, int blockBytes) {
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /** {@return the number of values in one block; 1 for types that are not quantised} */
  public int blockElements() {
    return blockElements;
  }

  /** {@return the size of one block in bytes} */
  public int blockBytes() {
    return blockBytes;
  }

  /** {@return whether values share scales in blocks} */
  public boolean quantised() {
    return blockElements > 1;
  }

  /**
   * The size of a run of values.
   *
   * @param elements number of values, a multiple of {@link #blockElements()}
   * @return bytes
   * @throws IllegalArgumentException if {@code elements} is negative or does not fill whole blocks
   * @throws ArithmeticException if the size exceeds a {@code long}
   */
  public long bytes(long elements) {
    if (elements < 0 || elements % blockElements != 0) {
      throw new IllegalArgumentException(
          this
              + " is stored in blocks of "
              + blockElements
              + " values: "
              + elements
              + " is not a multiple");
    }
    return Math.multiplyExact(elements / blockElements, (long) blockBytes);
  }
}
