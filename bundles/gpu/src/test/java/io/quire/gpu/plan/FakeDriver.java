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
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device in memory. It copies as a device does; what its kernels compute is a matter of {@link
 * Meaning}. It keeps account of what is open, and says so where something is used after its close.
 */
final class FakeDriver implements DeviceDriver {
  /** Everything that was made and is not closed. */
  final Set<Object> open = ConcurrentHashMap.newKeySet();

  /** Kernels launched, in order, also by graphs. */
  final List<FakeLaunch> launched = new CopyOnWriteArrayList<>();

  /** Texts compiled. */
  final List<String> compiled = new CopyOnWriteArrayList<>();

  /** Graphs captured and replayed, in order. */
  final List<FakeQueue.Graph> captured = new ArrayList<>();

  final List<FakeQueue.Graph> replayed = new ArrayList<>();

  Meaning meaning = FakeDriver::draw;
  long memory = 1L << 30;

  /** How many graphs it captures before it says that it cannot. */
  int captures;

  /** Thrown by captures. */
  Optional<RuntimeException> captureFailure = Optional.empty();

  /** Whether work waits until somebody waits for it, as late as it can be. */
  boolean late;

  private volatile boolean lost;

  /** What kernels compute. */
  interface Meaning {
    /** Computes a launch. */
    void run(FakeLaunch launch);
  }

  /** A sampling kernel draws the number that its text says; others compute nothing. */
  private static void draw(FakeLaunch launch) {
    if (launch.entry().equals("sample")) {
      int token = Integer.parseInt(launch.source().replaceAll("\\D", ""));
      for (int i = 0; i < launch.number("rows"); i++) {
        launch.buffer("sampled").setAtIndex(ValueLayout.JAVA_INT, i, token);
      }
    }
  }

  /** From now on nothing works any more. */
  void lose() {
    lost = true;
  }

  void require() {
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

  <T> T keep(T made) {
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
    return keep(new FakeQueue(this));
  }

  @Override
  public void close() {
    // Nothing of its own.
  }

  /** A buffer of either kind. */
  final class Memory implements DeviceBuffer, StagingBuffer {
    private final Optional<Memory> whole;
    private final MemorySegment segment;

    Memory(long bytes) {
      whole = Optional.empty();
      segment = Arena.ofAuto().allocate(bytes, 256);
      segment.fill((byte) 0x7f);
    }

    private Memory(Memory whole, MemorySegment segment) {
      this.whole = Optional.of(whole);
      this.segment = segment;
    }

    @Override
    public MemorySegment segment() {
      return segment;
    }

    /** {@return the memory, for work on the device} */
    MemorySegment use() {
      if (!open.contains(whole.orElse(this))) {
        throw new IllegalStateException("memory is used after its close");
      }
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
      return new Memory(whole.orElse(this), segment.asSlice(offset, length));
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

  /** A kernel with the arguments that it has now. */
  final class FakeKernel implements Kernel {
    private final String name;
    private final Module module;
    private final Map<Integer, Object> arguments = new HashMap<>();

    private FakeKernel(String name, Module module) {
      this.name = name;
      this.module = module;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void setBuffer(int index, DeviceBuffer value) {
      arguments.put(index, value);
    }

    @Override
    public void setInt(int index, int value) {
      arguments.put(index, value);
    }

    @Override
    public void setLong(int index, long value) {
      arguments.put(index, (int) value);
    }

    @Override
    public void setFloat(int index, float value) {
      arguments.put(index, (int) value);
    }

    @Override
    public void setTensor(int index, TensorView value) {
      arguments.put(index, value.buffer());
    }

    /** {@return a launch, which later changes of arguments do not reach} */
    Runnable launch() {
      FakeLaunch launch =
          new FakeLaunch(name, module.options.definitions(), module.source, Map.copyOf(arguments));
      return () -> {
        if (!open.contains(module)) {
          throw new IllegalStateException(name + " is launched after its module's close");
        }
        launched.add(launch);
        meaning.run(launch);
      };
    }
  }
}
