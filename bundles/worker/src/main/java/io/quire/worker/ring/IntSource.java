package io.quire.worker.ring;

/** Gives whole numbers in the order in which an {@link IntSink} took them. */
interface IntSource {
  int get();

  /**
   * Gives many.
   *
   * @param values filled from the first
   * @param count how many
   */
  void get(int[] values, int count);

  default float getFloat() {
    return Float.intBitsToFloat(get());
  }

  default long getLong() {
    long high = get();
    return high << 32 | get() & 0xffffffffL;
  }
}
