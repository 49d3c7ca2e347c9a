package io.quire.gpu.tune;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelCompileException;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/**
 * A device whose kernels write a number into their first argument and take as long as a function of
 * their macros says, by its own clock.
 */
final class FakeDriver implements DeviceDriver {
  final AtomicLong clock = new AtomicLong();
  final AtomicInteger open = new AtomicInteger();
  final List<Map<String, String>> compiled = new CopyOnWriteArrayList<>();
  final Set<String> threads = new HashSet<>();
  private final ToLongFunction<Map<String, String>> nanos;

  /** What a text with these macros is refused with; empty: it compiles. */
  java.util.function.Function<Map<String, String>, String> compiler = macros -> "";

  /** What a kernel with these macros computes. */
  ToLongFunction<Map<String, String>> result = macros -> 1;

  FakeDriver(ToLongFunction<Map<String, String>> nanos) {
    this.nanos = nanos;
  }

  static int number(Map<String, String> macros, String name) {
    return Integer.parseInt(macros.get(name));
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        "fake0",
        "Fake",
        "nobody",
        "fake",
        "fake",
        1 << 30,
        4,
        Map.of("workgroup.max", 256, "local.memory", 1 << 16, "driver.version", "1"));
  }

  @Override
  public long freeMemory() {
    return 1 << 30;
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    return new Memory(bytes);
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    return new Memory(bytes);
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    compiled.add(options.definitions());
    String error = compiler.apply(options.definitions());
    if (!error.isEmpty()) {
      throw new KernelCompileException(error);
    }
    open.incrementAndGet();
    return new KernelModule() {
      @Override
      public Kernel kernel(String name) {
        return new FakeKernel(name, options.definitions());
      }

      @Override
      public Map<String, Integer> exports() {
        return Map.of();
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }

  @Override
  public CommandQueue queue() {
    open.incrementAndGet();
    return new Queue();
  }

  @Override
  public void close() {
    // counted by the tests
  }

  private final class Memory implements DeviceBuffer, StagingBuffer {
    private final MemorySegment segment;

    Memory(long bytes) {
      segment = Arena.ofAuto().allocate(bytes, Long.BYTES);
      open.incrementAndGet();
    }

    @Override
    public MemorySegment segment() {
      return segment;
    }

    @Override
    public long bytes() {
      return segment.byteSize();
    }

    @Override
    public DeviceBuffer slice(long offset, long length) {
      throw new UnsupportedOperationException("no test needs parts");
    }

    @Override
    public void close() {
      open.decrementAndGet();
    }
  }

  private static final class FakeKernel implements Kernel {
    private final String name;
    private final Map<String, String> macros;
    private final Map<Integer, DeviceBuffer> buffers = new HashMap<>();

    FakeKernel(String name, Map<String, String> macros) {
      this.name = name;
      this.macros = macros;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void setBuffer(int index, DeviceBuffer value) {
      buffers.put(index, value);
    }

    @Override
    public void setInt(int index, int value) {
      // its result does not depend on it
    }

    @Override
    public void setLong(int index, long value) {
      // as above
    }

    @Override
    public void setFloat(int index, float value) {
      // as above
    }

    @Override
    public void setTensor(int index, TensorView value) {
      buffers.put(index, value.buffer());
    }
  }

  private final class Queue implements CommandQueue {
    @Override
    public void launch(Kernel kernel, LaunchGeometry geometry) {
      threads.add(Thread.currentThread().getName());
      FakeKernel fake = (FakeKernel) kernel;
      MemorySegment out = ((Memory) fake.buffers.get(0)).segment();
      out.set(ValueLayout.JAVA_BYTE, 1, (byte) result.applyAsLong(fake.macros));
      clock.addAndGet(nanos.applyAsLong(fake.macros));
    }

    @Override
    public void upload(
        StagingBuffer source, long sourceOffset, DeviceBuffer target, long at, long bytes) {
      MemorySegment.copy(source.segment(), sourceOffset, ((Memory) target).segment(), at, bytes);
    }

    @Override
    public void download(
        DeviceBuffer source, long at, StagingBuffer target, long targetOffset, long bytes) {
      MemorySegment.copy(((Memory) source).segment(), at, target.segment(), targetOffset, bytes);
    }

    @Override
    public void copy(
        DeviceBuffer source, long sourceOffset, DeviceBuffer target, long at, long bytes) {
      throw new UnsupportedOperationException("no test copies");
    }

    @Override
    public void fill(DeviceBuffer target, long offset, long bytes, byte value) {
      ((Memory) target).segment().asSlice(offset, bytes).fill(value);
    }

    @Override
    public Fence fence() {
      return new Fence() {
        @Override
        public boolean reached() {
          return true;
        }

        @Override
        public boolean await(long limit) {
          return true;
        }
      };
    }

    @Override
    public Optional<CapturedGraph> capture(Runnable work) {
      return Optional.empty();
    }

    @Override
    public void close() {
      open.decrementAndGet();
    }
  }
}
