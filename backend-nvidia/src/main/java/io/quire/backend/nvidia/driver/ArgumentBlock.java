package io.quire.backend.nvidia.driver;

import io.quire.api.device.DeviceException;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.cuda.TensorShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A kernel's arguments in native memory: an array of pointers, and the values that they point to.
 * The array is handed to CUDA as it is, launch after launch; only values change.
 */
final class ArgumentBlock {
  /** Bytes of a tensor map. */
  static final int MAP_BYTES = TensorShape.WORDS * Long.BYTES;

  /** What a tensor map wants; more than any other argument does. */
  private static final int ALIGNMENT = 64;

  /** CUDA allows 32764 bytes of arguments. */
  private static final int MAX_ARGUMENTS = 8192;

  private final String kernel;
  private final int[] bytes;
  private final MemorySegment[] values;
  private final BitSet given = new BitSet();
  private final Cuda.Parameters parameters;

  private ArgumentBlock(
      String kernel, int[] bytes, MemorySegment[] values, Cuda.Parameters parameters) {
    this.kernel = kernel;
    this.bytes = bytes;
    this.values = values;
    this.parameters = parameters;
  }

  /** Allocates a block for the arguments that CUDA says a kernel has. */
  static ArgumentBlock of(CudaDriver driver, Cuda.Function function, Arena arena, String kernel) {
    int[] bytes = sizes(driver, function, kernel);
    MemorySegment pointers = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, bytes.length));
    MemorySegment[] values = new MemorySegment[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = arena.allocate(bytes[i], bytes[i] >= ALIGNMENT ? ALIGNMENT : Long.BYTES);
      pointers.setAtIndex(ValueLayout.JAVA_LONG, i, values[i].address());
    }
    MemorySegment area = arena.allocate(Cuda.LAUNCH_BYTES, Long.BYTES);
    return new ArgumentBlock(
        kernel, bytes, values, driver.cuda.parameters(pointers.address(), area));
  }

  private static int[] sizes(CudaDriver driver, Cuda.Function function, String kernel) {
    int[] bytes = new int[16];
    long[] offsetAndBytes = new long[2];
    for (int i = 0; i < MAX_ARGUMENTS; i++) {
      int status = driver.cuda.parameter(function, i, offsetAndBytes);
      if (status == CudaStatus.INVALID_VALUE) {
        return Arrays.copyOf(bytes, i);
      }
      driver.guard.check(status, "asking for argument " + i + " of " + kernel);
      if (i == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * i);
      }
      bytes[i] = Math.toIntExact(offsetAndBytes[1]);
    }
    throw new DeviceException(kernel + " has more than " + MAX_ARGUMENTS + " arguments");
  }

  int count() {
    return bytes.length;
  }

  Cuda.Parameters parameters() {
    return parameters;
  }

  /** {@return whether an argument is a tensor map} */
  boolean isMap(int index) {
    return index >= 0 && index < bytes.length && bytes[index] == MAP_BYTES;
  }

  void setInt(int index, int value) {
    slot(index, Integer.BYTES).set(ValueLayout.JAVA_INT, 0, value);
    given.set(index);
  }

  void setFloat(int index, float value) {
    slot(index, Float.BYTES).set(ValueLayout.JAVA_FLOAT, 0, value);
    given.set(index);
  }

  void setLong(int index, long value) {
    slot(index, Long.BYTES).set(ValueLayout.JAVA_LONG, 0, value);
    given.set(index);
  }

  void setMap(int index, long[] map) {
    MemorySegment.copy(map, 0, slot(index, MAP_BYTES), ValueLayout.JAVA_LONG, 0, TensorShape.WORDS);
    given.set(index);
  }

  private MemorySegment slot(int index, int size) {
    if (index < 0 || index >= bytes.length) {
      throw new DeviceException(
          kernel + " takes " + bytes.length + " arguments; there is no argument " + index);
    }
    if (bytes[index] != size) {
      throw new DeviceException(
          "argument "
              + index
              + " of "
              + kernel
              + " has "
              + bytes[index]
              + " bytes; a value of "
              + size
              + " was given and not set");
    }
    return values[index];
  }

  /** Checks that every argument has a value. */
  void requireAll() {
    int missing = given.nextClearBit(0);
    if (missing < bytes.length) {
      throw new DeviceException(
          kernel
              + " takes "
              + bytes.length
              + " arguments; argument "
              + missing
              + " has not been given");
    }
  }
}
