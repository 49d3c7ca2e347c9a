package io.quire.backend.amd.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandleProxies;
import java.util.Optional;

/**
 * The machine's OpenCL library. JOCL binds all of it but the copies between host and device: for
 * each copy that does not block, JOCL starts a thread that keeps its buffer alive. Our buffers live
 * long enough by themselves, so these few functions are bound here.
 */
public final class OpenClLibrary implements AutoCloseable {
  /** The loader of installable drivers; a driver that is installed alone may have the same name. */
  public static final String NAME = "libOpenCL.so.1";

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  /** Handles, pointers and sizes; OpenCL's 32-bit variants are not supported. */
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final FunctionDescriptor COPY =
      FunctionDescriptor.of(INT, LONG, LONG, INT, LONG, LONG, LONG, INT, LONG, LONG);

  private final Arena arena = Arena.ofShared();
  private final Copy read;
  private final Copy write;
  private final Mapping map;
  private final Unmapping unmap;

  @SuppressWarnings("restricted") // a native library is what this class is about
  private OpenClLibrary(String name) {
    try {
      SymbolLookup symbols = SymbolLookup.libraryLookup(name, arena);
      read = bind(symbols, "clEnqueueReadBuffer", COPY, Copy.class);
      write = bind(symbols, "clEnqueueWriteBuffer", COPY, Copy.class);
      map =
          bind(
              symbols,
              "clEnqueueMapBuffer",
              FunctionDescriptor.of(
                  LONG, LONG, LONG, INT, LONG, LONG, LONG, INT, LONG, LONG, ValueLayout.ADDRESS),
              Mapping.class);
      unmap =
          bind(
              symbols,
              "clEnqueueUnmapMemObject",
              FunctionDescriptor.of(INT, LONG, LONG, LONG, INT, LONG, LONG),
              Unmapping.class);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Loads the library.
   *
   * @return the library, or empty if this machine has none
   */
  public static Optional<OpenClLibrary> load() {
    return load(NAME);
  }

  /**
   * Loads a library.
   *
   * @param name file name or path
   * @return the library, or empty if this machine has none
   */
  static Optional<OpenClLibrary> load(String name) {
    try {
      return Optional.of(new OpenClLibrary(name));
    } catch (IllegalArgumentException expected) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("restricted") // the signatures are those of OpenCL 1.2
  private static <T> T bind(
      SymbolLookup symbols, String name, FunctionDescriptor type, Class<T> shape) {
    var address =
        symbols
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException(NAME + " has no function " + name));
    return MethodHandleProxies.asInterfaceInstance(
        shape, Linker.nativeLinker().downcallHandle(address, type));
  }

  /** {@return copies from device to host} */
  public Copy read() {
    return read;
  }

  /** {@return copies from host to device} */
  public Copy write() {
    return write;
  }

  /** {@return makes device memory visible to the host} */
  public Mapping map() {
    return map;
  }

  /** {@return ends a {@link #map}} */
  public Unmapping unmap() {
    return unmap;
  }

  @Override
  public void close() {
    arena.close();
  }

  /** {@code clEnqueueReadBuffer} and {@code clEnqueueWriteBuffer}. */
  @FunctionalInterface
  public interface Copy {
    /**
     * Calls it; the parameters are the function's own.
     *
     * @param queue handle
     * @param buffer handle
     * @param blocking 0 or 1
     * @param offset in the buffer
     * @param bytes how many
     * @param host address
     * @param waits number of events to wait for
     * @param waitList address, 0 for none
     * @param event address of a new event, 0 for none
     * @return an error code
     */
    int call(
        long queue,
        long buffer,
        int blocking,
        long offset,
        long bytes,
        long host,
        int waits,
        long waitList,
        long event);
  }

  /** {@code clEnqueueMapBuffer}. */
  @FunctionalInterface
  public interface Mapping {
    /**
     * Calls it; the parameters are the function's own.
     *
     * @param queue handle
     * @param buffer handle
     * @param blocking 0 or 1
     * @param flags how the host will use it
     * @param offset in the buffer
     * @param bytes how many
     * @param waits number of events to wait for
     * @param waitList address, 0 for none
     * @param event address of a new event, 0 for none
     * @param error gets an error code
     * @return address
     */
    long call(
        long queue,
        long buffer,
        int blocking,
        long flags,
        long offset,
        long bytes,
        int waits,
        long waitList,
        long event,
        MemorySegment error);
  }

  /** {@code clEnqueueUnmapMemObject}. */
  @FunctionalInterface
  public interface Unmapping {
    /**
     * Calls it; the parameters are the function's own.
     *
     * @param queue handle
     * @param buffer handle
     * @param host address
     * @param waits number of events to wait for
     * @param waitList address, 0 for none
     * @param event address of a new event, 0 for none
     * @return an error code
     */
    int call(long queue, long buffer, long host, int waits, long waitList, long event);
  }
}
