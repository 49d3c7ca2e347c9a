package io.quire.backend.cpu.plan;

import com.sun.management.OperatingSystemMXBean;
import io.quire.api.device.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandleProxies;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Zeroed memory outside the heap that costs nothing until it is touched: from the C library's
 * calloc, because an arena writes its zeros at once.
 */
public final class NativeMemory implements AutoCloseable {
  private static final long ALIGNMENT = 64;
  private static final long MIN_RESERVE = 512L << 20;

  private static final FunctionDescriptor CALLOC =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

  private static final FunctionDescriptor FREE = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);

  private final Arena arena = Arena.ofShared();

  NativeMemory() {}

  /** The C function; public because the JDK implements it. */
  public interface Calloc {
    /**
     * Allocates.
     *
     * @param count how many elements
     * @param size bytes of one
     * @return the address, or 0
     */
    MemorySegment calloc(long count, long size);
  }

  /** The C function; public because the JDK implements it. */
  public interface Free {
    /**
     * Frees.
     *
     * @param address what calloc gave
     */
    void free(MemorySegment address);
  }

  /** {@return bytes of this machine that could be given away now} */
  static long spare() {
    return Math.max(0, available() - Math.max(MIN_RESERVE, total() / 16));
  }

  /** {@return bytes of memory of this machine or container} */
  public static long total() {
    return bean().getTotalMemorySize();
  }

  private static long available() {
    long free = bean().getFreeMemorySize();
    return Math.min(total(), Math.max(free, linuxAvailable()));
  }

  /** Linux counts cached files as used, yet gives them back when asked: so does this number. */
  private static long linuxAvailable() {
    Path file = Path.of("/proc/meminfo");
    if (!Files.isReadable(file)) {
      return 0;
    }
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
      return 0;
    } catch (IOException | NumberFormatException ignored) {
      return 0;
    }
  }

  private static OperatingSystemMXBean bean() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  }

  /**
   * Allocates.
   *
   * @param bytes how many, above 0
   * @return zeroed memory, aligned to a vector
   * @throws DeviceException if there is less
   */
  @SuppressWarnings("restricted") // The size given to reinterpret is the size given to calloc.
  MemorySegment allocate(long bytes) {
    long available = available();
    if (bytes > available) {
      throw shortage(bytes, available);
    }
    long padded = Math.addExact(bytes, ALIGNMENT);
    MemorySegment raw = function("calloc", CALLOC, Calloc.class).calloc(1, padded);
    if (raw.address() == 0) {
      throw shortage(bytes, available);
    }
    Free free = function("free", FREE, Free.class);
    return raw.reinterpret(padded, arena, free::free)
        .asSlice(-raw.address() & ALIGNMENT - 1, bytes);
  }

  @SuppressWarnings("restricted") // calloc and free have had these signatures since 1989.
  private static <T> T function(String name, FunctionDescriptor type, Class<T> asInterface) {
    Linker linker = Linker.nativeLinker();
    MemorySegment address = linker.defaultLookup().findOrThrow(name);
    return MethodHandleProxies.asInterfaceInstance(
        asInterface, linker.downcallHandle(address, type));
  }

  private static DeviceException shortage(long bytes, long available) {
    return new DeviceException(
        "the KV cache needs "
            + bytes
            + " bytes, but only "
            + available
            + " bytes of memory are available. Ask for fewer blocks, or lower kv-memory.");
  }

  @Override
  public void close() {
    arena.close();
  }
}
