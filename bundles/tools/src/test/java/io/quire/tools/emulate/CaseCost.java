package io.quire.tools.emulate;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.StagingBuffer;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.testkit.kernel.CaseSeries;
import io.quire.testkit.kernel.KernelCase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Guesses how long an emulator takes over a case: by the lanes launched, and by the buffers. */
final class CaseCost {
  private static final long BYTES_A_LANE = 64;

  private CaseCost() {}

  /**
   * Guesses.
   *
   * @return a number to compare with
   * @throws KernelNotServedException if the kernel does not serve the case on the device
   */
  static long of(DeviceInfo device, KernelSource source, KernelCase each) {
    Counter counter = new Counter(device);
    try (CaseSeries series = new CaseSeries(counter, source, Map.of())) {
      series.problem(each);
      return counter.bytes + counter.lanes * BYTES_A_LANE;
    }
  }

  /** A device that counts what it is asked for and does nothing. */
  private static final class Counter implements DeviceDriver {
    private final DeviceInfo info;
    private long bytes;
    private long lanes;

    Counter(DeviceInfo info) {
      this.info = info;
    }

    @Override
    public DeviceInfo info() {
      return info;
    }

    @Override
    public long freeMemory() {
      return info.memory();
    }

    @Override
    public DeviceBuffer allocate(long size) {
      bytes += size;
      return idle(DeviceBuffer.class, (method, values) -> method.equals("bytes") ? size : null);
    }

    @Override
    public StagingBuffer allocateStaging(long size) {
      MemorySegment segment = Arena.ofAuto().allocate(size, Long.BYTES);
      return idle(
          StagingBuffer.class, (method, values) -> method.equals("segment") ? segment : null);
    }

    @Override
    public KernelModule compile(String source, CompileOptions options) {
      Kernel kernel = idle(Kernel.class, (method, values) -> null);
      return idle(
          KernelModule.class,
          (method, values) ->
              switch (method) {
                case "kernel" -> kernel;
                case "exports" -> Map.of();
                default -> null;
              });
    }

    @Override
    public CommandQueue queue() {
      CommandQueue.Fence fence = idle(CommandQueue.Fence.class, (method, values) -> true);
      return idle(
          CommandQueue.class,
          (method, values) ->
              switch (method) {
                case "launch" -> launched((LaunchGeometry) values[1]);
                case "fence" -> fence;
                case "capture" -> Optional.empty();
                default -> null;
              });
    }

    private Object launched(LaunchGeometry geometry) {
      long groups = (long) geometry.groupsX() * geometry.groupsY() * geometry.groupsZ();
      lanes += groups * geometry.groupSize();
      return null;
    }

    @Override
    public void close() {
      // nothing is held
    }
  }

  /** Answers calls by a function of a method's name and arguments. */
  private static <T> T idle(Class<T> type, BiFunction<String, Object[], Object> answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, values) -> answer.apply(method.getName(), values)));
  }
}
