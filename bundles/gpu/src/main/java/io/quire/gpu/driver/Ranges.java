package io.quire.gpu.driver;

/** Checks parts of memory. */
public final class Ranges {
  private Ranges() {}

  /**
   * Checks that a range lies within some memory.
   *
   * @param what the memory, for the message
   * @param size its bytes
   * @param from first byte of the range
   * @param length bytes of the range
   * @throws IllegalArgumentException if it does not
   */
  public static void check(String what, long size, long from, long length) {
    if (from < 0 || length < 0 || length > size - from) {
      throw new IllegalArgumentException(
          length + " bytes from " + from + " are not within " + what + " of " + size + " bytes");
    }
  }
}
