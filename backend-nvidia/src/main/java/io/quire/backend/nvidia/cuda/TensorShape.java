package io.quire.backend.nvidia.cuda;

/**
 * A matrix of 16-bit elements that the copy engine brings by boxes, as kernels of the tile dialect
 * expect it: three dimensions (columns, 1, rows), boxes of 64 columns, chunks of 16 bytes permuted
 * within rows of 128 bytes.
 *
 * @param address of the first element, a multiple of 16
 * @param rows number of rows
 * @param columns elements of a row
 * @param strideBytes from one row to the next, a multiple of 16
 * @param boxRows rows of a box, 1 to 256
 */
public record TensorShape(long address, long rows, long columns, long strideBytes, int boxRows) {
  /** Words of 64 bits in an encoded map. */
  public static final int WORDS = 16;

  /** Columns of a box: 128 bytes. */
  public static final int BOX_COLUMNS = 64;
}
