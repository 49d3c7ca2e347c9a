package io.quire.backend.nvidia.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * CUDA through JCuda, and through {@link Copies}, {@link Overlap} and {@link Extras} where JCuda
 * allocates or has no such function. A handle is JCuda's own object, made once: its calls find the
 * pointer in it.
 */
public final class JCudaCalls implements Cuda {
  private static final int STREAM_NON_BLOCKING = 1;
  private static final int EVENT_DISABLE_TIMING = 2;
  private static final int CAPTURE_THREAD_LOCAL = 1;
  private static final int FUNCTION_REGISTERS = 4;

  private final Copies copies = new Copies();
  private final Extras extras = new Extras();
  private final Overlap overlapping = new Overlap();

  JCudaCalls() {
    JCudaDriver.setExceptionsEnabled(false);
  }

  private static final class ContextHandle extends CUcontext implements Context {}

  private static final class EventHandle extends CUevent implements Event {}

  private static final class ModuleHandle extends CUmodule implements Module {}

  private static final class GraphHandle extends CUgraph implements Graph {}

  private static final class ExecutableHandle extends CUgraphExec implements Executable {}

  private static final class StreamHandle extends CUstream implements Stream {
    long number() {
      return getNativePointer();
    }
  }

  private static final class FunctionHandle extends CUfunction implements Function {
    long number() {
      return getNativePointer();
    }
  }

  private static final class Address extends CUdeviceptr {
    long number() {
      return getNativePointer();
    }
  }

  private record ParametersHandle(Pointer pointer, long address, MemorySegment area)
      implements Parameters {}

  private static CUdeviceptr at(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }

  private static long number(Stream stream) {
    return ((StreamHandle) stream).number();
  }

  private static <T> int give(int status, T handle, Out<? super T> out) {
    if (status == CudaStatus.SUCCESS) {
      out.set(handle);
    }
    return status;
  }

  @Override
  public int init() {
    return JCudaDriver.cuInit(0);
  }

  @Override
  public int driverVersion(int[] version) {
    return JCudaDriver.cuDriverGetVersion(version);
  }

  @Override
  public int deviceCount(int[] count) {
    return JCudaDriver.cuDeviceGetCount(count);
  }

  @Override
  public int describe(int device, byte[] name, long[] memory) {
    CUdevice handle = new CUdevice();
    int status = JCudaDriver.cuDeviceGet(handle, device);
    if (status == CudaStatus.SUCCESS) {
      status = JCudaDriver.cuDeviceGetName(name, name.length, handle);
    }
    return status == CudaStatus.SUCCESS ? JCudaDriver.cuDeviceTotalMem(memory, handle) : status;
  }

  @Override
  public int attribute(int device, int attribute, int[] value) {
    CUdevice handle = new CUdevice();
    int status = JCudaDriver.cuDeviceGet(handle, device);
    return status == CudaStatus.SUCCESS
        ? JCudaDriver.cuDeviceGetAttribute(value, attribute, handle)
        : status;
  }

  @Override
  public int retain(int device, Out<Context> context) {
    CUdevice handle = new CUdevice();
    int status = JCudaDriver.cuDeviceGet(handle, device);
    if (status != CudaStatus.SUCCESS) {
      return status;
    }
    ContextHandle made = new ContextHandle();
    return give(JCudaDriver.cuDevicePrimaryCtxRetain(made, handle), made, context);
  }

  @Override
  public int release(int device) {
    CUdevice handle = new CUdevice();
    int status = JCudaDriver.cuDeviceGet(handle, device);
    return status == CudaStatus.SUCCESS ? JCudaDriver.cuDevicePrimaryCtxRelease(handle) : status;
  }

  @Override
  public int setCurrent(Context context) {
    return JCudaDriver.cuCtxSetCurrent((CUcontext) context);
  }

  @Override
  public int memory(long[] freeAndTotal) {
    long[] free = new long[1];
    long[] total = new long[1];
    int status = JCudaDriver.cuMemGetInfo(free, total);
    freeAndTotal[0] = free[0];
    freeAndTotal[1] = total[0];
    return status;
  }

  @Override
  public int allocate(long bytes, long[] address) {
    Address made = new Address();
    int status = JCudaDriver.cuMemAlloc(made, bytes);
    address[0] = status == CudaStatus.SUCCESS ? made.number() : 0;
    return status;
  }

  @Override
  public int free(long address) {
    return JCudaDriver.cuMemFree(at(address));
  }

  @Override
  public int allocateHost(long bytes, long[] address) {
    return extras.allocateHost(bytes, address);
  }

  @Override
  public int freeHost(long address) {
    return extras.freeHost(address);
  }

  @Override
  public int createStream(Out<Stream> stream) {
    StreamHandle made = new StreamHandle();
    return give(JCudaDriver.cuStreamCreate(made, STREAM_NON_BLOCKING), made, stream);
  }

  @Override
  public int destroy(Stream stream) {
    return JCudaDriver.cuStreamDestroy((CUstream) stream);
  }

  @Override
  public int upload(long target, long host, long bytes, Stream stream) {
    return copies.upload().call(target, host, bytes, number(stream));
  }

  @Override
  public int download(long host, long source, long bytes, Stream stream) {
    return copies.download().call(host, source, bytes, number(stream));
  }

  @Override
  public int copy(long target, long source, long bytes, Stream stream) {
    return copies.copy().call(target, source, bytes, number(stream));
  }

  @Override
  public int fill(long target, byte value, long bytes, Stream stream) {
    return copies.fill().call(target, value, bytes, number(stream));
  }

  @Override
  public int read(long host, long source, long bytes) {
    return copies.read().call(host, source, bytes);
  }

  @Override
  public int createEvent(Out<Event> event) {
    EventHandle made = new EventHandle();
    return give(JCudaDriver.cuEventCreate(made, EVENT_DISABLE_TIMING), made, event);
  }

  @Override
  public int record(Event event, Stream stream) {
    return JCudaDriver.cuEventRecord((CUevent) event, (CUstream) stream);
  }

  @Override
  public int query(Event event) {
    return JCudaDriver.cuEventQuery((CUevent) event);
  }

  @Override
  public int destroy(Event event) {
    return JCudaDriver.cuEventDestroy((CUevent) event);
  }

  /** From native memory: with an array JCuda would keep the garbage collector waiting. */
  @Override
  public int load(byte[] code, Out<Module> module) {
    ModuleHandle made = new ModuleHandle();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(code.length, Long.BYTES);
      MemorySegment.copy(code, 0, copy, ValueLayout.JAVA_BYTE, 0, code.length);
      MemorySegment options = arena.allocate(Long.BYTES);
      int status =
          JCudaDriver.cuModuleLoadDataEx(
              made,
              new Pointer().withByteOffset(copy.address()),
              0,
              new int[0],
              new Pointer().withByteOffset(options.address()));
      return give(status, made, module);
    }
  }

  @Override
  public int unload(Module module) {
    return JCudaDriver.cuModuleUnload((CUmodule) module);
  }

  @Override
  public int function(Module module, String name, Out<Function> function) {
    FunctionHandle made = new FunctionHandle();
    return give(JCudaDriver.cuModuleGetFunction(made, (CUmodule) module, name), made, function);
  }

  @Override
  public int load(Function function) {
    return JCudaDriver.cuFuncGetAttribute(new int[1], FUNCTION_REGISTERS, (CUfunction) function);
  }

  @Override
  public int global(Module module, String name, long[] addressAndBytes) {
    Address address = new Address();
    long[] bytes = new long[1];
    int status = JCudaDriver.cuModuleGetGlobal(address, bytes, (CUmodule) module, name);
    addressAndBytes[0] = status == CudaStatus.SUCCESS ? address.number() : 0;
    addressAndBytes[1] = bytes[0];
    return status;
  }

  @Override
  public int parameter(Function function, int index, long[] offsetAndBytes) {
    return extras.parameter(((FunctionHandle) function).number(), index, offsetAndBytes);
  }

  @Override
  public int setAttribute(Function function, int attribute, int value) {
    return JCudaDriver.cuFuncSetAttribute((CUfunction) function, attribute, value);
  }

  @Override
  public Parameters parameters(long address, MemorySegment area) {
    Overlap.prepare(area);
    return new ParametersHandle(new Pointer().withByteOffset(address), address, area);
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
    ParametersHandle handle = (ParametersHandle) parameters;
    if (overlap) {
      Overlap.geometry(handle.area(), groupsX, groupsY, groupsZ, groupSize);
      Overlap.queue(handle.area(), localBytes, number(stream));
      long kernel = ((FunctionHandle) function).number();
      return overlapping.launch(handle.area(), kernel, handle.address());
    }
    return JCudaDriver.cuLaunchKernel(
        (CUfunction) function,
        groupsX,
        groupsY,
        groupsZ,
        groupSize,
        1,
        1,
        localBytes,
        (CUstream) stream,
        handle.pointer(),
        null);
  }

  @Override
  public int encodeTensor(TensorShape shape, long[] map) {
    return extras.encodeTensor(shape, map);
  }

  @Override
  public int beginCapture(Stream stream) {
    return JCudaDriver.cuStreamBeginCapture((CUstream) stream, CAPTURE_THREAD_LOCAL);
  }

  @Override
  public int endCapture(Stream stream, Out<Graph> graph) {
    GraphHandle made = new GraphHandle();
    return give(JCudaDriver.cuStreamEndCapture((CUstream) stream, made), made, graph);
  }

  @Override
  public int instantiate(Graph graph, Out<Executable> executable) {
    ExecutableHandle made = new ExecutableHandle();
    return give(JCudaDriver.cuGraphInstantiate(made, (CUgraph) graph, 0), made, executable);
  }

  @Override
  public int prepare(Executable executable, Stream stream) {
    return JCudaDriver.cuGraphUpload((CUgraphExec) executable, (CUstream) stream);
  }

  @Override
  public int launch(Executable executable, Stream stream) {
    return JCudaDriver.cuGraphLaunch((CUgraphExec) executable, (CUstream) stream);
  }

  @Override
  public int destroy(Graph graph) {
    return JCudaDriver.cuGraphDestroy((CUgraph) graph);
  }

  @Override
  public int destroy(Executable executable) {
    return JCudaDriver.cuGraphExecDestroy((CUgraphExec) executable);
  }

  @Override
  public void close() {
    copies.close();
    overlapping.close();
    extras.close();
  }
}
