package io.quire.backend.nvidia.cuda;

import java.lang.foreign.MemorySegment;

/**
 * The calls of CUDA's driver interface that a driver needs, each with the meaning that CUDA's
 * documentation gives to the function of that name, and returning its error code (see {@link
 * CudaStatus}). Everything but the first five needs {@link #setCurrent} on the calling thread.
 *
 * <p>Addresses are numbers. Handles are objects that their maker hands out and takes back; those of
 * one implementation mean nothing to another.
 */
public interface Cuda extends AutoCloseable {
  /** {@code CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK}. */
  int ATTRIBUTE_MAX_THREADS = 1;

  /** {@code CU_DEVICE_ATTRIBUTE_WARP_SIZE}. */
  int ATTRIBUTE_WARP_SIZE = 10;

  /** {@code CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT}. */
  int ATTRIBUTE_MULTIPROCESSORS = 16;

  /** {@code CU_DEVICE_ATTRIBUTE_INTEGRATED}. */
  int ATTRIBUTE_INTEGRATED = 18;

  /** {@code CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR}. */
  int ATTRIBUTE_MAJOR = 75;

  /** {@code CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR}. */
  int ATTRIBUTE_MINOR = 76;

  /** {@code CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN}. */
  int ATTRIBUTE_LOCAL_MEMORY = 97;

  /** {@code CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES}. */
  int FUNCTION_LOCAL_MEMORY = 8;

  /** Bytes of native memory that {@link #parameters} wants for itself. */
  int LAUNCH_BYTES = 128;

  /** A primary context. */
  interface Context {}

  /** A queue. */
  interface Stream {}

  /** A point in a queue. */
  interface Event {}

  /** A loaded program. */
  interface Module {}

  /** A kernel of a program. */
  interface Function {}

  /** Where a launch finds pointers to its arguments. */
  interface Parameters {}

  /** Recorded work. */
  interface Graph {}

  /** Recorded work that can run. */
  interface Executable {}

  /**
   * Receives a handle.
   *
   * @param <T> the handle's type
   */
  final class Out<T> {
    private T value;

    /** {@return the handle, once a call has succeeded} */
    public T get() {
      return value;
    }

    /**
     * Receives it.
     *
     * @param handle the handle
     */
    public void set(T handle) {
      value = handle;
    }
  }

  /** {@code cuInit}. */
  int init();

  /** {@code cuDriverGetVersion}: 1000 times the major version, 10 times the minor one. */
  int driverVersion(int[] version);

  /** {@code cuDeviceGetCount}. */
  int deviceCount(int[] count);

  /** {@code cuDeviceGetName} and {@code cuDeviceTotalMem}. */
  int describe(int device, byte[] name, long[] memory);

  /** {@code cuDeviceGetAttribute}. */
  int attribute(int device, int attribute, int[] value);

  /** {@code cuDevicePrimaryCtxRetain}. */
  int retain(int device, Out<Context> context);

  /** {@code cuDevicePrimaryCtxRelease}. */
  int release(int device);

  /** {@code cuCtxSetCurrent}, for the calling thread. */
  int setCurrent(Context context);

  /** {@code cuMemGetInfo}. */
  int memory(long[] freeAndTotal);

  /** {@code cuMemAlloc}. */
  int allocate(long bytes, long[] address);

  /** {@code cuMemFree}. */
  int free(long address);

  /** {@code cuMemHostAlloc}, portable. */
  int allocateHost(long bytes, long[] address);

  /** {@code cuMemFreeHost}. */
  int freeHost(long address);

  /** {@code cuStreamCreate}, non-blocking. */
  int createStream(Out<Stream> stream);

  /** {@code cuStreamDestroy}. */
  int destroy(Stream stream);

  /** {@code cuMemcpyHtoDAsync}. */
  int upload(long target, long host, long bytes, Stream stream);

  /** {@code cuMemcpyDtoHAsync}. */
  int download(long host, long source, long bytes, Stream stream);

  /** {@code cuMemcpyDtoDAsync}. */
  int copy(long target, long source, long bytes, Stream stream);

  /** {@code cuMemsetD8Async}. */
  int fill(long target, byte value, long bytes, Stream stream);

  /** {@code cuMemcpyDtoH}, which waits. */
  int read(long host, long source, long bytes);

  /** {@code cuEventCreate}, without timing. */
  int createEvent(Out<Event> event);

  /** {@code cuEventRecord}. */
  int record(Event event, Stream stream);

  /** {@code cuEventQuery}. */
  int query(Event event);

  /** {@code cuEventDestroy}. */
  int destroy(Event event);

  /** {@code cuModuleLoadDataEx} of machine code. */
  int load(byte[] code, Out<Module> module);

  /** {@code cuModuleUnload}. */
  int unload(Module module);

  /** {@code cuModuleGetFunction}. */
  int function(Module module, String name, Out<Function> function);

  /**
   * {@code cuFuncGetAttribute}, for what it does besides: it brings the kernel's code to the
   * device, which CUDA otherwise does at the first launch, be it one that is only recorded.
   */
  int load(Function function);

  /** {@code cuModuleGetGlobal}. */
  int global(Module module, String name, long[] addressAndBytes);

  /** {@code cuFuncGetParamInfo}; {@code CUDA_ERROR_INVALID_VALUE} behind the last parameter. */
  int parameter(Function function, int index, long[] offsetAndBytes);

  /** {@code cuFuncSetAttribute}. */
  int setAttribute(Function function, int attribute, int value);

  /**
   * Wraps the address of an array of pointers to arguments, once, for many launches, which are not
   * made at the same time.
   *
   * @param address of the array, which outlives the launches
   * @param area {@link #LAUNCH_BYTES} of zeros, at a multiple of 8, that outlive them too
   * @return what {@link #launch} takes
   */
  Parameters parameters(long address, MemorySegment area);

  /**
   * {@code cuLaunchKernel}, of one-dimensional groups.
   *
   * @param overlap whether the kernel may begin before a kernel in front of it has ended ({@code
   *     CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION}). It must wait itself then, and the
   *     device be of compute capability 9.0 or newer
   */
  int launch(
      Function function,
      int groupsX,
      int groupsY,
      int groupsZ,
      int groupSize,
      int localBytes,
      Stream stream,
      Parameters parameters,
      boolean overlap);

  /** {@code cuTensorMapEncodeTiled}. */
  int encodeTensor(TensorShape shape, long[] map);

  /** {@code cuStreamBeginCapture}, thread-local. */
  int beginCapture(Stream stream);

  /** {@code cuStreamEndCapture}. */
  int endCapture(Stream stream, Out<Graph> graph);

  /** {@code cuGraphInstantiate}. */
  int instantiate(Graph graph, Out<Executable> executable);

  /** {@code cuGraphUpload}. */
  int prepare(Executable executable, Stream stream);

  /** {@code cuGraphLaunch}. */
  int launch(Executable executable, Stream stream);

  /** {@code cuGraphDestroy}. */
  int destroy(Graph graph);

  /** {@code cuGraphExecDestroy}. */
  int destroy(Executable executable);

  /** Lets the libraries go. */
  @Override
  void close();
}
