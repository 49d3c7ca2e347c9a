package io.quire.backend.nvidia.fake;

import io.quire.api.device.LaunchGeometry;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.cuda.TensorShape;
import io.quire.backend.nvidia.fake.FakeHandles.FakeContext;
import io.quire.backend.nvidia.fake.FakeHandles.FakeEvent;
import io.quire.backend.nvidia.fake.FakeHandles.FakeFunction;
import io.quire.backend.nvidia.fake.FakeHandles.FakeParameters;
import io.quire.backend.nvidia.fake.FakeHandles.FakeStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CUDA without a GPU: it keeps CUDA's rules (a current context on the calling thread, nothing
 * unsafe while work is recorded, errors that stay), holds memory on the host, and of all kernels
 * knows what {@code add} of the contract computes. It says nothing about what a GPU does.
 */
public final class FakeCuda implements Cuda {
  /** Bytes of memory of the device. */
  public static final long MEMORY = 1L << 30;

  private static final int LOCAL_FREE = 48 << 10;
  private static final int LEAST_OVERLAPPING = 9;

  private final int major;
  private final int minor;
  private final FakeMemory memory = new FakeMemory();
  private final FakeMemory host = new FakeMemory();
  private final FakeRules rules = new FakeRules();
  private final FakeQueues queues = new FakeQueues(rules);
  private final FakePrograms programs = new FakePrograms(rules, memory);
  private volatile int version = 13_000;
  private volatile boolean closed;

  /**
   * Makes one with a single device.
   *
   * @param major of its compute capability
   * @param minor of its compute capability
   */
  public FakeCuda(int major, int minor) {
    this.major = major;
    this.minor = minor;
  }

  /**
   * Has the next call of a function return an error.
   *
   * @param function a method of {@link Cuda}
   * @param code the error
   */
  public void failNext(String function, int code) {
    rules.failNext(function, code);
  }

  /**
   * Has every call return an error from now on, as CUDA does after a fault.
   *
   * @param code the error
   */
  public void poison(int code) {
    rules.poison(code);
  }

  /**
   * Sets the driver's version.
   *
   * @param value such as 12020
   */
  public void version(int value) {
    version = value;
  }

  /** Lets queued work wait. */
  public void stall() {
    queues.stall();
  }

  /** Lets queued work run. */
  public void goOn() {
    queues.goOn();
  }

  /** {@return what has not been given back: kinds of handles, and memory} */
  public Map<String, Integer> leftovers() {
    Map<String, Integer> left = rules.leftovers();
    left.merge("memory", memory.pieces(), Integer::sum);
    left.merge("host memory", host.pieces(), Integer::sum);
    left.values().removeIf(count -> count == 0);
    return left;
  }

  /**
   * How often a function was called.
   *
   * @param function a method of {@link Cuda}
   * @return times
   */
  public int calls(String function) {
    return rules.calls(function);
  }

  /** {@return the launches that have run} */
  public List<FakeLaunch> launches() {
    return programs.launches();
  }

  /** {@return whether it was let go} */
  public boolean closed() {
    return closed;
  }

  @Override
  public int init() {
    return rules.begin("init", false);
  }

  @Override
  public int driverVersion(int[] value) {
    value[0] = version;
    return rules.begin("driverVersion", false);
  }

  @Override
  public int deviceCount(int[] count) {
    count[0] = 1;
    return rules.begin("deviceCount", false);
  }

  @Override
  public int describe(int device, byte[] name, long[] bytes) {
    byte[] text = "No GPU at all\0".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, name, 0, text.length);
    bytes[0] = MEMORY;
    return rules.begin("describe", false);
  }

  @Override
  public int attribute(int device, int attribute, int[] value) {
    value[0] =
        switch (attribute) {
          case ATTRIBUTE_MAJOR -> major;
          case ATTRIBUTE_MINOR -> minor;
          case ATTRIBUTE_WARP_SIZE -> 32;
          case ATTRIBUTE_MAX_THREADS -> 1024;
          case ATTRIBUTE_MULTIPROCESSORS -> 132;
          case ATTRIBUTE_LOCAL_MEMORY -> 232_448;
          default -> 0;
        };
    return rules.begin("attribute", false);
  }

  @Override
  public int retain(int device, Out<Context> context) {
    return rules.give(rules.begin("retain", false), new FakeContext(device), context);
  }

  @Override
  public int release(int device) {
    return rules.take(rules.begin("release", false), new FakeContext(device));
  }

  @Override
  public int setCurrent(Context context) {
    rules.setCurrent(context);
    return rules.begin("setCurrent", false);
  }

  @Override
  public int memory(long[] freeAndTotal) {
    freeAndTotal[0] = MEMORY - memory.used();
    freeAndTotal[1] = MEMORY;
    return rules.begin("memory", true);
  }

  @Override
  public int allocate(long bytes, long[] address) {
    int status = rules.beginUnsafe("allocate");
    if (status == CudaStatus.SUCCESS && bytes > MEMORY - memory.used()) {
      return CudaStatus.OUT_OF_MEMORY;
    }
    address[0] = status == CudaStatus.SUCCESS ? memory.allocate(bytes) : 0;
    return status;
  }

  @Override
  public int free(long address) {
    int status = rules.beginUnsafe("free");
    return memory.free(address) ? status : CudaStatus.INVALID_VALUE;
  }

  @Override
  public int allocateHost(long bytes, long[] address) {
    int status = rules.beginUnsafe("allocateHost");
    if (status == CudaStatus.SUCCESS && bytes > MEMORY) {
      return CudaStatus.OUT_OF_MEMORY;
    }
    address[0] = status == CudaStatus.SUCCESS ? host.allocate(bytes) : 0;
    return status;
  }

  @Override
  public int freeHost(long address) {
    int status = rules.beginUnsafe("freeHost");
    return host.free(address) ? status : CudaStatus.INVALID_VALUE;
  }

  @Override
  public int createStream(Out<Stream> stream) {
    return rules.give(rules.begin("createStream", true), new FakeStream(), stream);
  }

  @Override
  public int destroy(Stream stream) {
    return rules.take(rules.begin("destroyStream", true), stream);
  }

  private void move(Optional<MemorySegment> target, Optional<MemorySegment> source) {
    if (target.isEmpty() || source.isEmpty()) {
      rules.poison(FakeRules.ILLEGAL_ADDRESS);
    } else {
      target.get().copyFrom(source.get());
    }
  }

  @Override
  public int upload(long target, long from, long bytes, Stream stream) {
    return queues.add("upload", stream, () -> move(memory.at(target, bytes), host.at(from, bytes)));
  }

  @Override
  public int download(long to, long source, long bytes, Stream stream) {
    return queues.add("download", stream, () -> move(host.at(to, bytes), memory.at(source, bytes)));
  }

  @Override
  public int copy(long target, long source, long bytes, Stream stream) {
    return queues.add(
        "copy", stream, () -> move(memory.at(target, bytes), memory.at(source, bytes)));
  }

  @Override
  public int fill(long target, byte value, long bytes, Stream stream) {
    return queues.add(
        "fill",
        stream,
        () ->
            memory
                .at(target, bytes)
                .ifPresentOrElse(
                    range -> range.fill(value), () -> rules.poison(FakeRules.ILLEGAL_ADDRESS)));
  }

  @Override
  @SuppressWarnings("restricted") // any memory of the host will do
  public int read(long to, long source, long bytes) {
    int status = rules.beginUnsafe("read");
    if (status == CudaStatus.SUCCESS) {
      MemorySegment target = MemorySegment.ofAddress(to).reinterpret(bytes);
      move(Optional.of(target), memory.at(source, bytes));
    }
    return status;
  }

  @Override
  public int createEvent(Out<Event> event) {
    return rules.give(rules.begin("createEvent", true), new FakeEvent(), event);
  }

  @Override
  public int record(Event event, Stream stream) {
    return queues.record(event, stream);
  }

  @Override
  public int query(Event event) {
    return queues.query(event);
  }

  @Override
  public int destroy(Event event) {
    return rules.take(rules.begin("destroyEvent", true), event);
  }

  @Override
  public int load(byte[] code, Out<Module> module) {
    return programs.load(code, module);
  }

  @Override
  public int unload(Module module) {
    return programs.unload(module);
  }

  @Override
  public int function(Module module, String name, Out<Function> function) {
    return programs.function(module, name, function);
  }

  @Override
  public int load(Function function) {
    return rules.beginUnsafe("loadFunction");
  }

  @Override
  public int global(Module module, String name, long[] addressAndBytes) {
    return programs.global(module, name, addressAndBytes);
  }

  @Override
  public int parameter(Function function, int index, long[] offsetAndBytes) {
    return programs.parameter(function, index, offsetAndBytes);
  }

  @Override
  public int setAttribute(Function function, int attribute, int value) {
    return programs.setAttribute(function, attribute, value);
  }

  @Override
  public Parameters parameters(long address, MemorySegment area) {
    return new FakeParameters(address);
  }

  @Override
  public int launch(
      Function function,
      int groupsX,
      int groupsY,
      int groupsZ,
      int groupSize,
      int localBytes,
      Stream stream,
      Parameters parameters,
      boolean overlap) {
    FakeFunction kernel = (FakeFunction) function;
    int most = Integer.parseInt(kernel.code().macros().getOrDefault("WG_SIZE", "1024"));
    int local = kernel.attributes().getOrDefault(FUNCTION_LOCAL_MEMORY, LOCAL_FREE);
    if (groupSize > most || localBytes > local || overlap && major < LEAST_OVERLAPPING) {
      int status = rules.begin("launch", true);
      return status == CudaStatus.SUCCESS ? CudaStatus.INVALID_VALUE : status;
    }
    FakeLaunch launch =
        new FakeLaunch(
            kernel.name(),
            new LaunchGeometry(groupsX, groupsY, groupsZ, groupSize, localBytes),
            kernel.code().macros(),
            FakePrograms.values(kernel, parameters),
            overlap);
    return queues.add("launch", stream, () -> programs.run(launch));
  }

  @Override
  public int encodeTensor(TensorShape shape, long[] map) {
    map[0] = shape.address();
    map[1] = shape.rows();
    map[2] = shape.columns();
    map[3] = shape.boxRows();
    return rules.begin("encodeTensor", true);
  }

  @Override
  public int beginCapture(Stream stream) {
    return queues.beginCapture(stream);
  }

  @Override
  public int endCapture(Stream stream, Out<Graph> graph) {
    return queues.endCapture(stream, graph);
  }

  @Override
  public int instantiate(Graph graph, Out<Executable> executable) {
    return queues.instantiate(graph, executable);
  }

  @Override
  public int prepare(Executable executable, Stream stream) {
    return rules.begin("prepare", true);
  }

  @Override
  public int launch(Executable executable, Stream stream) {
    return queues.replay(executable, stream);
  }

  @Override
  public int destroy(Graph graph) {
    return rules.take(rules.begin("destroyGraph", true), graph);
  }

  @Override
  public int destroy(Executable executable) {
    return rules.take(rules.begin("destroyExecutable", true), executable);
  }

  @Override
  public void close() {
    closed = true;
  }
}
