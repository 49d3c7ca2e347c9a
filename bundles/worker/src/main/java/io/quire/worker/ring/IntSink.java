package io.quire.worker.ring;

/** Takes whole numbers in order. */
interface IntSink {
  void put(int value);

  /**
   * Takes many.
   *
   * @param values where they are
   * @param count how many, from the first
   */
  void put(int[] values, int count);

  default void put(float value) {
    put(Float.floatToRawIntBits(value));
  }

  default void put(long value) {
    put((int) (value >>> 32));
    put((int) value);
  }
}
