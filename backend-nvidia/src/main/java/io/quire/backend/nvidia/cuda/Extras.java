package io.quire.backend.nvidia.cuda;

import com.sun.jna.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What JCuda lacks: parameters of kernels and tensor maps, and pinned memory of any size (JCuda
 * wraps it in a buffer, which Java limits to 2 GiB). Through JNA; never on a step's path.
 */
final class Extras implements AutoCloseable {
  private static final int HOST_ALLOC_PORTABLE = 1;

  // CUtensorMap_enum values of cuda.h
  private static final int DATA_TYPE_UINT16 = 1;
  private static final int INTERLEAVE_NONE = 0;
  private static final int SWIZZLE_128B = 3;
  private static final int L2_PROMOTION_128B = 2;
  private static final int OUT_OF_BOUNDS_ZERO = 0;

  /** A tensor map lies at a multiple of it. */
  private static final int MAP_ALIGNMENT = 64;

  private static final int RANK = 3;

  private final NativeLibrary library = NativeLibrary.getInstance(CudaLibrary.NAME);

  private int call(String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  int allocateHost(long bytes, long[] address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
      int status = call("cuMemHostAlloc", result.address(), bytes, HOST_ALLOC_PORTABLE);
      address[0] = result.get(ValueLayout.JAVA_LONG, 0);
      return status;
    }
  }

  int freeHost(long address) {
    return call("cuMemFreeHost", address);
  }

  int parameter(long function, int index, long[] offsetAndBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG, 2);
      long second = result.address() + Long.BYTES;
      int status = call("cuFuncGetParamInfo", function, (long) index, result.address(), second);
      offsetAndBytes[0] = result.getAtIndex(ValueLayout.JAVA_LONG, 0);
      offsetAndBytes[1] = result.getAtIndex(ValueLayout.JAVA_LONG, 1);
      return status;
    }
  }

  int encodeTensor(TensorShape shape, long[] map) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate((long) TensorShape.WORDS * Long.BYTES, MAP_ALIGNMENT);
      int status =
          call(
              "cuTensorMapEncodeTiled",
              result.address(),
              DATA_TYPE_UINT16,
              RANK,
              shape.address(),
              arena.allocateFrom(ValueLayout.JAVA_LONG, shape.columns(), 1, shape.rows()).address(),
              arena
                  .allocateFrom(ValueLayout.JAVA_LONG, shape.strideBytes(), shape.strideBytes())
                  .address(),
              arena
                  .allocateFrom(ValueLayout.JAVA_INT, TensorShape.BOX_COLUMNS, 1, shape.boxRows())
                  .address(),
              arena.allocateFrom(ValueLayout.JAVA_INT, 1, 1, 1).address(),
              INTERLEAVE_NONE,
              SWIZZLE_128B,
              L2_PROMOTION_128B,
              OUT_OF_BOUNDS_ZERO);
      MemorySegment.copy(result, ValueLayout.JAVA_LONG, 0, map, 0, TensorShape.WORDS);
      return status;
    }
  }

  @Override
  public void close() {
    library.close();
  }
}
