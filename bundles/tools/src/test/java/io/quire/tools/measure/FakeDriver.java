package io.quire.tools.measure;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelCompileException;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A device whose kernels write the value of their macro LANES to their first buffer. */
final class FakeDriver implements DeviceDriver {
  /** What a text with these macros is refused with; empty: it compiles. */
  Function<Map<String, String>, String> compiler = macros -> "";

  private MemorySegment out = MemorySegment.NULL;

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        "fake0", "Fake", "nobody", "fake", "fake", 1, 1, Map.of("workgroup.max", 64));
  }

  @Override
  public long freeMemory() {
    return 1;
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    return new Memory(Arena.ofAuto().allocate(bytes, Long.BYTES));
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    return new Memory(Arena.ofAuto().allocate(bytes, Long.BYTES));
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    String error = compiler.apply(options.definitions());
    if (!error.isEmpty()) {
      throw new KernelCompileException(error);
    }
    byte value = Byte.parseByte(options.definitions().get("LANES"));
    return fake(
        KernelModule.class,
        (method, arguments) ->
            switch (method) {
              case "exports" -> Map.of();
              case "kernel" ->
                  fake(
                      Kernel.class,
                      (setter, values) -> {
                        if (setter.equals("setBuffer") && values[0].equals(0)) {
                          out = ((Memory) values[1]).segment();
                          out.set(ValueLayout.JAVA_BYTE, 0, value);
                        }
                        return null;
                      });
              default -> null;
            });
  }

  @Override
  public CommandQueue queue() {
    return fake(
        CommandQueue.class,
        (method, arguments) ->
            switch (method) {
              case "upload", "download" -> {
                MemorySegment.copy(
                    memory(arguments[0]),
                    (Long) arguments[1],
                    memory(arguments[2]),
                    (Long) arguments[3],
                    (Long) arguments[4]);
                yield null;
              }
              case "capture" -> Optional.empty();
              case "fence" -> fake(CommandQueue.Fence.class, (name, limit) -> true);
              default -> null;
            });
  }

  private static MemorySegment memory(Object buffer) {
    return ((Memory) buffer).segment();
  }

  /** Behaves as a function of a method's name and arguments says. */
  private static <T> T fake(
      Class<T> type, java.util.function.BiFunction<String, Object[], Object> behaviour) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> behaviour.apply(method.getName(), arguments)));
  }

  @Override
  public void close() {
    // nothing is held
  }

  private record Memory(MemorySegment segment) implements DeviceBuffer, StagingBuffer {
    @Override
    public long bytes() {
      return segment.byteSize();
    }

    @Override
    public DeviceBuffer slice(long offset, long length) {
      return new Memory(segment.asSlice(offset, length));
    }

    @Override
    public void close() {
      // the garbage collector does it
    }
  }
}
