package io.quire.backend.nvidia.fake;

import io.quire.api.device.LaunchGeometry;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.cuda.TensorShape;
import io.quire.backend.nvidia.fake.FakeHandles.FakeContext;
import io.quire.backend.nvidia.fake.FakeHandles.FakeEvent;
import io.quire.backend.nvidia.fake.FakeHandles.FakeExecutable;
import io.quire.backend.nvidia.fake.FakeHandles.FakeFunction;
import io.quire.backend.nvidia.fake.FakeHandles.FakeGraph;
import io.quire.backend.nvidia.fake.FakeHandles.FakeModule;
import io.quire.backend.nvidia.fake.FakeHandles.FakeParameters;
import io.quire.backend.nvidia.fake.FakeHandles.FakeStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * CUDA without a GPU: it keeps CUDA's rules (a current context on the calling thread, nothing
 * unsafe while work is recorded, errors that stay), holds memory on the host, and of all kernels
 * knows what {@code add} of the contract computes. It says nothing about what a GPU does.
 */
public final class FakeCuda implements Cuda {
  /** Bytes of memory of the device. */
  public static final long MEMORY = 1L << 30;

  private static final int ILLEGAL_ADDRESS = 700;
  private static final int INVALID_IMAGE = 200;
  private static final int INVALID_CONTEXT = 201;
  private static final int CAPTURE_UNSUPPORTED = 900;
  private static final int CAPTURE_INVALIDATED = 901;
  private static final int LOCAL_FREE = 48 << 10;
  private static final int LEAST_OVERLAPPING = 9;

  private final int major;
  private final int minor;
  private final FakeMemory memory = new FakeMemory();
  private final FakeMemory host = new FakeMemory();
  private final ThreadLocal<Context> current = new ThreadLocal<>();
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final Map<String, Integer> calls = new ConcurrentHashMap<>();
  private final Set<Object> open = ConcurrentHashMap.newKeySet();
  private final List<FakeLaunch> launches = new ArrayList<>();
  private volatile int version = 13_000;
  private volatile int sticky;
  private volatile boolean stalled;
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
    failures.put(function, code);
  }

  /**
   * Has every call return an error from now on, as CUDA does after a fault.
   *
   * @param code the error
   */
  public void poison(int code) {
    sticky = code;
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
    stalled = true;
  }

  /** Lets queued work run. */
  public void goOn() {
    stalled = false;
    open.stream().filter(FakeStream.class::isInstance).forEach(s -> ((FakeStream) s).goOn());
  }

  /** {@return what has not been given back: kinds of handles, and memory} */
  public Map<String, Integer> leftovers() {
    Map<String, Integer> left = new HashMap<>();
    open.forEach(handle -> left.merge(handle.getClass().getSimpleName(), 1, Integer::sum));
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
    return calls.getOrDefault(function, 0);
  }

  /** {@return the launches that have run} */
  public synchronized List<FakeLaunch> launches() {
    return List.copyOf(launches);
  }

  /** {@return whether it was let go} */
  public boolean closed() {
    return closed;
  }

  /** What a call begins with: errors that were asked for, and the rules of every function. */
  private int begin(String function, boolean needsContext) {
    calls.merge(function, 1, Integer::sum);
    Integer failure = failures.remove(function);
    if (failure != null) {
      return failure;
    }
    if (sticky != 0) {
      return sticky;
    }
    return needsContext && current.get() == null ? INVALID_CONTEXT : CudaStatus.SUCCESS;
  }

  /** A function that CUDA forbids on a thread that records. */
  private int beginUnsafe(String function) {
    int status = begin(function, true);
    for (Object each : open) {
      if (each instanceof FakeStream stream && stream.recordedHere()) {
        stream.giveUp();
        return CAPTURE_UNSUPPORTED;
      }
    }
    return status;
  }

  private <T> int give(int status, T handle, Out<? super T> out) {
    if (status == CudaStatus.SUCCESS) {
      open.add(handle);
      out.set(handle);
    }
    return status;
  }

  private int take(int status, Object handle) {
    return open.remove(handle) ? status : 400;
  }

  @Override
  public int init() {
    return begin("init", false);
  }

  @Override
  public int driverVersion(int[] value) {
    value[0] = version;
    return begin("driverVersion", false);
  }

  @Override
  public int deviceCount(int[] count) {
    count[0] = 1;
    return begin("deviceCount", false);
  }

  @Override
  public int describe(int device, byte[] name, long[] bytes) {
    byte[] text = "No GPU at all\0".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, name, 0, text.length);
    bytes[0] = MEMORY;
    return begin("describe", false);
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
    return begin("attribute", false);
  }

  @Override
  public int retain(int device, Out<Context> context) {
    return give(begin("retain", false), new FakeContext(device), context);
  }

  @Override
  public int release(int device) {
    return take(begin("release", false), new FakeContext(device));
  }

  @Override
  public int setCurrent(Context context) {
    current.set(context);
    return begin("setCurrent", false);
  }

  @Override
  public int memory(long[] freeAndTotal) {
    freeAndTotal[0] = MEMORY - memory.used();
    freeAndTotal[1] = MEMORY;
    return begin("memory", true);
  }

  @Override
  public int allocate(long bytes, long[] address) {
    int status = beginUnsafe("allocate");
    if (status == CudaStatus.SUCCESS && bytes > MEMORY - memory.used()) {
      return CudaStatus.OUT_OF_MEMORY;
    }
    address[0] = status == CudaStatus.SUCCESS ? memory.allocate(bytes) : 0;
    return status;
  }

  @Override
  public int free(long address) {
    int status = beginUnsafe("free");
    return memory.free(address) ? status : CudaStatus.INVALID_VALUE;
  }

  @Override
  public int allocateHost(long bytes, long[] address) {
    int status = beginUnsafe("allocateHost");
    if (status == CudaStatus.SUCCESS && bytes > MEMORY) {
      return CudaStatus.OUT_OF_MEMORY;
    }
    address[0] = status == CudaStatus.SUCCESS ? host.allocate(bytes) : 0;
    return status;
  }

  @Override
  public int freeHost(long address) {
    int status = beginUnsafe("freeHost");
    return host.free(address) ? status : CudaStatus.INVALID_VALUE;
  }

  @Override
  public int createStream(Out<Stream> stream) {
    return give(begin("createStream", true), new FakeStream(), stream);
  }

  @Override
  public int destroy(Stream stream) {
    return take(begin("destroyStream", true), stream);
  }

  private int queue(String function, Stream stream, Runnable work) {
    int status = begin(function, true);
    if (status == CudaStatus.SUCCESS) {
      if (!open.contains(stream)) {
        return 400;
      }
      ((FakeStream) stream).add(work, stalled);
    }
    return status;
  }

  private void move(Optional<MemorySegment> target, Optional<MemorySegment> source) {
    if (target.isEmpty() || source.isEmpty()) {
      poison(ILLEGAL_ADDRESS);
    } else {
      target.get().copyFrom(source.get());
    }
  }

  @Override
  public int upload(long target, long from, long bytes, Stream stream) {
    return queue("upload", stream, () -> move(memory.at(target, bytes), host.at(from, bytes)));
  }

  @Override
  public int download(long to, long source, long bytes, Stream stream) {
    return queue("download", stream, () -> move(host.at(to, bytes), memory.at(source, bytes)));
  }

  @Override
  public int copy(long target, long source, long bytes, Stream stream) {
    return queue("copy", stream, () -> move(memory.at(target, bytes), memory.at(source, bytes)));
  }

  @Override
  public int fill(long target, byte value, long bytes, Stream stream) {
    return queue(
        "fill",
        stream,
        () ->
            memory
                .at(target, bytes)
                .ifPresentOrElse(range -> range.fill(value), () -> poison(ILLEGAL_ADDRESS)));
  }

  @Override
  @SuppressWarnings("restricted") // any memory of the host will do
  public int read(long to, long source, long bytes) {
    int status = beginUnsafe("read");
    if (status == CudaStatus.SUCCESS) {
      MemorySegment target = MemorySegment.ofAddress(to).reinterpret(bytes);
      move(Optional.of(target), memory.at(source, bytes));
    }
    return status;
  }

  @Override
  public int createEvent(Out<Event> event) {
    return give(begin("createEvent", true), new FakeEvent(), event);
  }

  @Override
  public int record(Event event, Stream stream) {
    if (((FakeStream) stream).recording()) {
      return CAPTURE_UNSUPPORTED;
    }
    FakeEvent point = (FakeEvent) event;
    point.expect();
    return queue("record", stream, point::reach);
  }

  @Override
  public int query(Event event) {
    int status = begin("query", true);
    boolean waits = status == CudaStatus.SUCCESS && !((FakeEvent) event).reached();
    return waits ? CudaStatus.NOT_READY : status;
  }

  @Override
  public int destroy(Event event) {
    return take(begin("destroyEvent", true), event);
  }

  @Override
  public int load(byte[] code, Out<Module> module) {
    int status = beginUnsafe("load");
    Optional<FakeCode> parsed = FakeCode.parse(code);
    if (status != CudaStatus.SUCCESS || parsed.isEmpty()) {
      return status == CudaStatus.SUCCESS ? INVALID_IMAGE : status;
    }
    Map<String, Long> numbers = new HashMap<>();
    parsed
        .get()
        .numbers()
        .forEach((name, value) -> {
          long address = memory.allocate(Integer.BYTES);
          memory.at(address, Integer.BYTES).orElseThrow().set(ValueLayout.JAVA_INT, 0, value);
          numbers.put(name, address);
        });
    return give(status, new FakeModule(parsed.get(), numbers), module);
  }

  @Override
  public int unload(Module module) {
    ((FakeModule) module).numbers().values().forEach(memory::free);
    return take(begin("unload", true), module);
  }

  @Override
  public int function(Module module, String name, Out<Function> function) {
    int status = begin("function", true);
    FakeCode code = ((FakeModule) module).code();
    if (status == CudaStatus.SUCCESS && !code.kernels().containsKey(name)) {
      return CudaStatus.NOT_FOUND;
    }
    function.set(new FakeFunction(code, name));
    return status;
  }

  @Override
  public int load(Function function) {
    return beginUnsafe("loadFunction");
  }

  @Override
  public int global(Module module, String name, long[] addressAndBytes) {
    int status = begin("global", true);
    Long address = ((FakeModule) module).numbers().get(name);
    if (status == CudaStatus.SUCCESS && address == null) {
      return CudaStatus.NOT_FOUND;
    }
    addressAndBytes[0] = address == null ? 0 : address;
    addressAndBytes[1] = Integer.BYTES;
    return status;
  }

  @Override
  public int parameter(Function function, int index, long[] offsetAndBytes) {
    int status = begin("parameter", true);
    List<Integer> sizes = ((FakeFunction) function).sizes();
    if (status == CudaStatus.SUCCESS && index >= sizes.size()) {
      return CudaStatus.INVALID_VALUE;
    }
    offsetAndBytes[1] = sizes.get(index);
    return status;
  }

  @Override
  public int setAttribute(Function function, int attribute, int value) {
    ((FakeFunction) function).attributes().put(attribute, value);
    return begin("setAttribute", true);
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
      int status = begin("launch", true);
      return status == CudaStatus.SUCCESS ? CudaStatus.INVALID_VALUE : status;
    }
    FakeLaunch launch =
        new FakeLaunch(
            kernel.name(),
            new LaunchGeometry(groupsX, groupsY, groupsZ, groupSize, localBytes),
            kernel.code().macros(),
            values(((FakeParameters) parameters).address(), kernel.sizes()),
            overlap);
    return queue("launch", stream, () -> run(launch));
  }

  /** CUDA copies the values when it is called. */
  @SuppressWarnings("restricted") // as CUDA reads them
  private static List<MemorySegment> values(long address, List<Integer> sizes) {
    MemorySegment pointers =
        MemorySegment.ofAddress(address).reinterpret(sizes.size() * (long) Long.BYTES);
    List<MemorySegment> values = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      MemorySegment value =
          MemorySegment.ofAddress(pointers.getAtIndex(ValueLayout.JAVA_LONG, i))
              .reinterpret(sizes.get(i));
      values.add(Arena.ofAuto().allocate(sizes.get(i), Long.BYTES).copyFrom(value));
    }
    return values;
  }

  private void run(FakeLaunch launch) {
    synchronized (this) {
      launches.add(launch);
    }
    if (!"add".equals(launch.kernel())) {
      return;
    }
    int count = launch.intAt(2);
    int factor = Integer.parseInt(launch.macros().get("FACTOR"));
    Optional<MemorySegment> values = memory.at(launch.longAt(0), count * (long) Integer.BYTES);
    if (values.isEmpty()) {
      poison(ILLEGAL_ADDRESS);
      return;
    }
    for (int i = 0; i < count; i++) {
      int old = values.get().getAtIndex(ValueLayout.JAVA_INT, i);
      values.get().setAtIndex(ValueLayout.JAVA_INT, i, old + launch.intAt(1) * factor);
    }
  }

  @Override
  public int encodeTensor(TensorShape shape, long[] map) {
    map[0] = shape.address();
    map[1] = shape.rows();
    map[2] = shape.columns();
    map[3] = shape.boxRows();
    return begin("encodeTensor", true);
  }

  @Override
  public int beginCapture(Stream stream) {
    int status = begin("beginCapture", true);
    if (status == CudaStatus.SUCCESS) {
      ((FakeStream) stream).begin();
    }
    return status;
  }

  @Override
  public int endCapture(Stream stream, Out<Graph> graph) {
    int status = begin("endCapture", true);
    Optional<List<Runnable>> work = ((FakeStream) stream).end();
    if (status == CudaStatus.SUCCESS && work.isEmpty()) {
      return CAPTURE_INVALIDATED;
    }
    return give(status, new FakeGraph(new ArrayList<>(work.orElse(List.of()))), graph);
  }

  @Override
  public int instantiate(Graph graph, Out<Executable> executable) {
    List<Runnable> work = new ArrayList<>(((FakeGraph) graph).work());
    return give(begin("instantiate", true), new FakeExecutable(work), executable);
  }

  @Override
  public int prepare(Executable executable, Stream stream) {
    return begin("prepare", true);
  }

  @Override
  public int launch(Executable executable, Stream stream) {
    if (!open.contains(executable)) {
      return 400;
    }
    List<Runnable> work = ((FakeExecutable) executable).work();
    return queue("replay", stream, () -> work.forEach(Runnable::run));
  }

  @Override
  public int destroy(Graph graph) {
    return take(begin("destroyGraph", true), graph);
  }

  @Override
  public int destroy(Executable executable) {
    return take(begin("destroyExecutable", true), executable);
  }

  @Override
  public void close() {
    closed = true;
  }
}
