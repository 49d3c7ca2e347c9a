package io.quire.api.model;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A weight as it lies in memory: row-major, outermost dimension first, little-endian, never
 * expanded.
 *
 * @param name the name in the file it came from
 * @param dtype how the values are stored
 * @param shape dimensions, outermost first: {@code [rows, columns]} for a matrix that maps {@code
 *     columns} inputs to {@code rows} outputs, {@code [n]} for a vector; every dimension is at
 *     least 1 and the last is a multiple of the dtype's block
 * @param data exactly {@code dtype.bytes(elements)} bytes, read-only; lives as long as the {@link
 *     ModelFile}
 */
public record Tensor(String name, DType dtype, List<Long> shape, MemorySegment data) {
  /**
   * Checks that shape, type and bytes agree.
   *
   * @throws IllegalArgumentException if they do not; the message has the name and both sizes
   */
  public Tensor {
    shape = List.copyOf(shape);
    long bytes = dtype.bytes(elements(shape));
    if (bytes != data.byteSize()) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + " of shape "
              + shape
              + " in "
              + dtype
              + " takes "
              + bytes
              + " bytes, but "
              + data.byteSize()
              + " are given");
    }
  }

  /** {@return the number of values} */
  public long elements() {
    return elements(shape);
  }

  /** {@return the number of rows: the product of all dimensions but the last} */
  public int rows() {
    return Math.toIntExact(elements() / columns());
  }

  /** {@return the number of values in a row: the last dimension} */
  public int columns() {
    return Math.toIntExact(shape.getLast());
  }

  private static long elements(List<Long> shape) {
    long product = 1;
    for (long d : shape) {
      if (d < 1) {
        throw new IllegalArgumentException(
            "dimension " + d + " in shape " + shape + " is not positive");
      }
      product = Math.multiplyExact(product, d);
    }
    return product;
  }
}
