package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelCompileException;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device in memory. It copies as a device does; its kernels compute nothing, but one called
 * {@code sample} draws the number that its text says. It keeps account of what is open.
 */
final class FakeDriver implements DeviceDriver {
  /** Everything that was made and is not closed. */
  final Set<Object> open = ConcurrentHashMap.newKeySet();

  /** Kernels launched, in order: {@code entry/macro text}. */
  final List<Launched> launched = new CopyOnWriteArrayList<>();

  /** Texts compiled. */
  final List<String> compiled = new CopyOnWriteArrayList<>();

  long memory = 1L << 30;
  private volatile boolean lost;

  /** A launch, with the macros of its kernel. */
  record Launched(String entry, Map<String, String> macros) {}

  /** From now on nothing works any more. */
  void lose() {
    lost = true;
  }

  private void require() {
    if (lost) {
      throw new LostDeviceException("device fake0 is lost: fault for a test");
    }
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        "fake0",
        "Fake",
        "nobody",
        "fake",
        "fake",
        1L << 30,
        4,
        Map.of("workgroup.max", 256, "local.memory", 1 << 16));
  }

  private long used() {
    return open.stream()
        .filter(Memory.class::isInstance)
        .mapToLong(m -> ((Memory) m).bytes())
        .sum();
  }

  @Override
  public long freeMemory() {
    return memory - used();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    require();
    if (bytes > freeMemory()) {
      throw new DeviceException(bytes + " bytes were asked for, " + freeMemory() + " are free");
    }
    return keep(new Memory(bytes));
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    require();
    return keep(new Memory(bytes));
  }

  private <T> T keep(T made) {
    open.add(made);
    return made;
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    require();
    compiled.add(source);
    if (source.contains("broken")) {
      throw new KernelCompileException(options.name() + ": line 1: broken");
    }
    return keep(new Module(source, options));
  }

  @Override
  public CommandQueue queue() {
    require();
    return keep(new Queue());
  }

  @Override
  public void close() {
    // Nothing of its own.
  }

  /** A buffer of either kind. */
  final class Memory implements DeviceBuffer, StagingBuffer {
    private final MemorySegment segment;

    Memory(long bytes) {
      segment = Arena.ofAuto().allocate(bytes, 256);
      segment.fill((byte) 0x7f);
    }

    private Memory(MemorySegment segment) {
      this.segment = segment;
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
      if (offset % 256 != 0) {
        throw new IllegalArgumentException("a slice from " + offset);
      }
      return new Memory(segment.asSlice(offset, length));
    }

    @Override
    public void close() {
      if (!open.remove(this)) {
        throw new IllegalStateException("closed twice, or a part was closed");
      }
    }
  }

  private final class Module implements KernelModule {
    private final String source;
    private final CompileOptions options;

    Module(String source, CompileOptions options) {
      this.source = source;
      this.options = options;
    }

    @Override
    public Kernel kernel(String name) {
      require();
      if (!open.contains(this)) {
        throw new IllegalStateException(options.name() + " is used after its close");
      }
      if (source.contains("no entry")) {
        throw new DeviceException(options.name() + " has no kernel " + name);
      }
      return new FakeKernel(name, this);
    }

    @Override
    public Map<String, Integer> exports() {
      return Map.of();
    }

    @Override
    public void close() {
      if (!open.remove(this)) {
        throw new IllegalStateException("closed twice");
      }
    }
  }

  private static final class FakeKernel implements Kernel {
    private final String name;
    private final Module module;
    private final Map<Integer, Memory> buffers = new HashMap<>();
    private final Map<Integer, Integer> numbers = new HashMap<>();

    FakeKernel(String name, Module module) {
      this.name = name;
      this.module = module;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void setBuffer(int index, DeviceBuffer value) {
      buffers.put(index, (Memory) value);
    }

    @Override
    public void setInt(int index, int value) {
      numbers.put(index, value);
    }

    @Override
    public void setLong(int index, long value) {
      numbers.put(index, (int) value);
    }

    @Override
    public void setFloat(int index, float value) {
      numbers.put(index, (int) value);
    }

    @Override
    public void setTensor(int index, TensorView value) {
      buffers.put(index, (Memory) value.buffer());
    }

    /** As {@link FakeKernels} says, results are argument 0 and the number of rows argument 1. */
    void run() {
      if (name.equals("sample")) {
        int token = Integer.parseInt(module.source.replaceAll("\\D", ""));
        for (int i = 0; i < numbers.get(1); i++) {
          buffers.get(0).segment.setAtIndex(ValueLayout.JAVA_INT, i, token);
        }
      }
    }
  }

  private final class Queue implements CommandQueue {
    @Override
    public void launch(Kernel kernel, LaunchGeometry geometry) {
      require();
      FakeKernel fake = (FakeKernel) kernel;
      if (!open.contains(fake.module)) {
        throw new IllegalStateException(fake.name + " is launched after its module's close");
      }
      launched.add(new Launched(fake.name, fake.module.options.definitions()));
      fake.run();
    }

    @Override
    public void upload(
        StagingBuffer source, long sourceOffset, DeviceBuffer target, long at, long bytes) {
      require();
      MemorySegment.copy(source.segment(), sourceOffset, ((Memory) target).segment(), at, bytes);
    }

    @Override
    public void download(
        DeviceBuffer source, long at, StagingBuffer target, long targetOffset, long bytes) {
      require();
      MemorySegment.copy(((Memory) source).segment(), at, target.segment(), targetOffset, bytes);
    }

    @Override
    public void copy(
        DeviceBuffer source, long sourceOffset, DeviceBuffer target, long at, long bytes) {
      require();
      MemorySegment.copy(
          ((Memory) source).segment(), sourceOffset, ((Memory) target).segment(), at, bytes);
    }

    @Override
    public void fill(DeviceBuffer target, long offset, long bytes, byte value) {
      require();
      ((Memory) target).segment().asSlice(offset, bytes).fill(value);
    }

    @Override
    public Fence fence() {
      require();
      return new Fence() {
        @Override
        public boolean reached() {
          return true;
        }

        @Override
        public boolean await(long limit) {
          require();
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
      if (!open.remove(this)) {
        throw new IllegalStateException("closed twice");
      }
    }
  }
}
