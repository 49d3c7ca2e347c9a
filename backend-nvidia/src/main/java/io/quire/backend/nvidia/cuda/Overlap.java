package io.quire.backend.nvidia.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * Launches of kernels that may begin before the kernel in front of them has ended: {@code
 * cuLaunchKernelEx} with one attribute, for which JCuda has no function. What CUDA reads lies in
 * memory that belongs to a kernel's arguments, so that a launch allocates nothing.
 *
 * <p>That memory is a {@code CUlaunchConfig} of cuda.h (56 bytes) and behind it its only {@code
 * CUlaunchAttribute} (72 bytes).
 */
final class Overlap implements AutoCloseable {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  /** Handles and addresses. */
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  // CUlaunchConfig
  private static final int GROUPS_X = 0;
  private static final int GROUPS_Y = 4;
  private static final int GROUPS_Z = 8;
  private static final int SIZE_X = 12;
  private static final int SIZE_Y = 16;
  private static final int SIZE_Z = 20;
  private static final int LOCAL_BYTES = 24;
  private static final int STREAM = 32;
  private static final int ATTRIBUTES = 40;
  private static final int ATTRIBUTE_COUNT = 48;

  // CUlaunchAttribute: which one, and its value
  private static final int ATTRIBUTE = 56;
  private static final int ATTRIBUTE_VALUE = ATTRIBUTE + 8;

  /** {@code CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION}. */
  private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

  private final Arena arena = Arena.ofShared();
  private final Launch launch;

  /**
   * Binds the function.
   *
   * @throws IllegalArgumentException if the library is not there or lacks it
   */
  @SuppressWarnings("restricted") // a native library is what this class is about
  Overlap() {
    try {
      launch =
          Copies.bind(
              SymbolLookup.libraryLookup(CudaLibrary.NAME, arena),
              "cuLaunchKernelEx",
              FunctionDescriptor.of(INT, LONG, LONG, LONG, LONG),
              Launch.class);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** {@code cuLaunchKernelEx}. */
  @FunctionalInterface
  public interface Launch {
    /**
     * Calls it.
     *
     * @param config address of geometry, queue and attributes
     * @param function handle
     * @param parameters address of the array of pointers to arguments
     * @param extra 0
     * @return an error code
     */
    int call(long config, long function, long parameters, long extra);
  }

  /** Writes what is the same for all launches. */
  static void prepare(MemorySegment area) {
    area.set(INT, SIZE_Y, 1);
    area.set(INT, SIZE_Z, 1);
    area.set(LONG, ATTRIBUTES, area.address() + ATTRIBUTE);
    area.set(INT, ATTRIBUTE_COUNT, 1);
    area.set(INT, ATTRIBUTE, PROGRAMMATIC_STREAM_SERIALIZATION);
    area.set(INT, ATTRIBUTE_VALUE, 1);
  }

  static void geometry(MemorySegment area, int groupsX, int groupsY, int groupsZ, int groupSize) {
    area.set(INT, GROUPS_X, groupsX);
    area.set(INT, GROUPS_Y, groupsY);
    area.set(INT, GROUPS_Z, groupsZ);
    area.set(INT, SIZE_X, groupSize);
  }

  static void queue(MemorySegment area, int localBytes, long stream) {
    area.set(INT, LOCAL_BYTES, localBytes);
    area.set(LONG, STREAM, stream);
  }

  int launch(MemorySegment area, long function, long parameters) {
    return launch.call(area.address(), function, parameters, 0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
