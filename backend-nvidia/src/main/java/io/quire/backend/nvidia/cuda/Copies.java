package io.quire.backend.nvidia.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandleProxies;

/**
 * The copies of every step. JCuda wants a new object for every address, and JNA an array; these few
 * functions take plain numbers, so that a copy allocates nothing.
 */
final class Copies implements AutoCloseable {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  /** Handles, addresses and sizes. */
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final FunctionDescriptor COPY = FunctionDescriptor.of(INT, LONG, LONG, LONG, LONG);

  private final Arena arena = Arena.ofShared();
  private final Copy upload;
  private final Copy download;
  private final Copy copy;
  private final Fill fill;
  private final Read read;

  /**
   * Binds the functions.
   *
   * @throws IllegalArgumentException if the library is not there or lacks one
   */
  @SuppressWarnings("restricted") // a native library is what this class is about
  Copies() {
    try {
      SymbolLookup symbols = SymbolLookup.libraryLookup(CudaLibrary.NAME, arena);
      upload = bind(symbols, "cuMemcpyHtoDAsync_v2", COPY, Copy.class);
      download = bind(symbols, "cuMemcpyDtoHAsync_v2", COPY, Copy.class);
      copy = bind(symbols, "cuMemcpyDtoDAsync_v2", COPY, Copy.class);
      fill =
          bind(
              symbols,
              "cuMemsetD8Async",
              FunctionDescriptor.of(INT, LONG, ValueLayout.JAVA_BYTE, LONG, LONG),
              Fill.class);
      read =
          bind(
              symbols, "cuMemcpyDtoH_v2", FunctionDescriptor.of(INT, LONG, LONG, LONG), Read.class);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  @SuppressWarnings("restricted") // the signatures are those of cuda.h
  static <T> T bind(SymbolLookup symbols, String name, FunctionDescriptor type, Class<T> shape) {
    var address =
        symbols
            .find(name)
            .orElseThrow(
                () -> new IllegalArgumentException(CudaLibrary.NAME + " has no function " + name));
    return MethodHandleProxies.asInterfaceInstance(
        shape, Linker.nativeLinker().downcallHandle(address, type));
  }

  /** An asynchronous copy. */
  @FunctionalInterface
  public interface Copy {
    /**
     * Calls it.
     *
     * @param target address
     * @param source address
     * @param bytes how many
     * @param stream handle
     * @return an error code
     */
    int call(long target, long source, long bytes, long stream);
  }

  /** {@code cuMemsetD8Async}. */
  @FunctionalInterface
  public interface Fill {
    /**
     * Calls it.
     *
     * @param target address
     * @param value of each byte
     * @param bytes how many
     * @param stream handle
     * @return an error code
     */
    int call(long target, byte value, long bytes, long stream);
  }

  /** A copy that is waited for. */
  @FunctionalInterface
  public interface Read {
    /**
     * Calls it.
     *
     * @param target address
     * @param source address
     * @param bytes how many
     * @return an error code
     */
    int call(long target, long source, long bytes);
  }

  Copy upload() {
    return upload;
  }

  Copy download() {
    return download;
  }

  Copy copy() {
    return copy;
  }

  Fill fill() {
    return fill;
  }

  Read read() {
    return read;
  }

  @Override
  public void close() {
    arena.close();
  }
}
