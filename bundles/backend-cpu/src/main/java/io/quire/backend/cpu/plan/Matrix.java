package io.quire.backend.cpu.plan;

/**
 * Activations in memory.
 *
 * @param data rows, each padded with zeros
 * @param width values in a row
 * @param stride distance of rows
 */
record Matrix(float[] data, int width, int stride) {
  /** The index of a row's first value. */
  int row(int index) {
    return index * stride;
  }
}
