package io.quire.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kernel with its arguments, which keep their values from launch to launch, so that a launch
 * allocates nothing.
 */
@ConsumerType
public interface Kernel {
  /** {@return its name in the text} */
  String name();

  /**
   * Sets an argument.
   *
   * @param index from 0
   * @param value a buffer
   */
  void setBuffer(int index, DeviceBuffer value);

  /**
   * Sets an argument.
   *
   * @param index from 0
   * @param value a 32-bit number
   */
  void setInt(int index, int value);

  /**
   * Sets an argument.
   *
   * @param index from 0
   * @param value a 64-bit number
   */
  void setLong(int index, long value);

  /**
   * Sets an argument.
   *
   * @param index from 0
   * @param value a single
   */
  void setFloat(int index, float value);

  /**
   * Sets an argument.
   *
   * @param index from 0
   * @param value a matrix that tiles are copied from
   */
  void setTensor(int index, TensorView value);

  /**
   * A matrix in device memory, for devices whose copy engines want a description of it.
   *
   * @param buffer where it lies
   * @param elementBytes size of an element
   * @param rows number of rows
   * @param columns elements of a row
   * @param rowStride elements from one row to the next
   * @param boxRows rows that one copy brings
   */
  record TensorView(
      DeviceBuffer buffer,
      int elementBytes,
      long rows,
      long columns,
      long rowStride,
      int boxRows) {}
}
