package io.quire.backend.amd.driver;

/** Checks parts of memory. */
final class Ranges {
  private Ranges() {}

  /** Checks that a range lies within {@code size} bytes. */
  static void check(String what, long size, long from, long length) {
    if (from < 0 || length < 0 || length > size - from) {
      throw new IllegalArgumentException(
          length + " bytes from " + from + " are not within " + what + " of " + size + " bytes");
    }
  }
}
