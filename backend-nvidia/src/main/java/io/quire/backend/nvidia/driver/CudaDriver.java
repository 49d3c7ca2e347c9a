package io.quire.backend.nvidia.driver;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaDevice;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.gpu.driver.Guard;
import io.quire.gpu.driver.Resources;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import io.quire.gpu.program.ProgramKey;
import io.quire.gpu.program.SharedPrograms;
import java.util.Optional;

/**
 * A device driven through CUDA, in its primary context. Costs nothing until it is used. What was
 * not closed when the driver is closed is closed with it; later calls on it throw or, if they
 * close, do nothing.
 *
 * <p>CUDA has a current context for every thread, and any thread may call; so each call makes the
 * context current first, which costs less than finding out whether it is.
 *
 * <p>Which errors mean that the device is lost is said by {@link CudaStatus#lost}; besides these,
 * copies that cannot be queued. Everything else is a {@link io.quire.api.device.DeviceException}:
 * that request was refused and the device is sound.
 */
public final class CudaDriver implements DeviceDriver {
  final CudaDevice device;
  final Cuda cuda;
  final Guard guard;
  final Resources resources;

  /** Whether kernels that wait themselves for those before them may begin early. */
  final boolean overlap;

  private final Memory memory;
  private final PreludeText preludes;
  private final Compiler compiler;
  private final SharedPrograms<Program> programs;
  private volatile Optional<Cuda.Context> context = Optional.empty();

  /** Whether some queue does not end: then nothing can be freed without waiting for ever. */
  private volatile boolean stuck;

  /**
   * Makes a driver.
   *
   * @param device what to drive
   * @param cuda the calls
   * @param nvrtc the compiler
   * @param preludes the dialect's texts
   * @param cache where machine code is kept
   * @param overlap whether kernels that call {@code LAUNCH_WAIT} may begin early, if the device can
   *     do that
   * @param onLoss told once if the device is lost; may be called from any thread
   */
  public CudaDriver(
      CudaDevice device,
      Cuda cuda,
      Nvrtc nvrtc,
      PreludeText preludes,
      BinaryCache cache,
      boolean overlap,
      Runnable onLoss) {
    this.device = device;
    this.cuda = cuda;
    this.preludes = preludes;
    this.overlap = overlap && device.overlaps();
    guard = new Guard(device.info().id(), CudaStatus.CODES, onLoss);
    resources = new Resources(guard);
    memory = new Memory(this);
    compiler = new Compiler(this, nvrtc, cache);
    programs = new SharedPrograms<>(program -> cuda.unload(program.module()));
  }

  /** Begins a call; {@link #leave} ends it. */
  void enter() {
    guard.enter();
    try {
      guard.check(cuda.setCurrent(use()), "making the context current");
    } catch (RuntimeException e) {
      guard.leave();
      throw e;
    }
  }

  void leave() {
    guard.leave();
  }

  /** {@return the context, made if need be} */
  private Cuda.Context use() {
    Optional<Cuda.Context> made = context;
    return made.isPresent() ? made.get() : retain();
  }

  private synchronized Cuda.Context retain() {
    if (context.isEmpty()) {
      Cuda.Out<Cuda.Context> made = new Cuda.Out<>();
      guard.check(cuda.retain(device.ordinal(), made), "making a context");
      context = Optional.of(made.get());
    }
    return context.get();
  }

  /** Makes the context current on a thread that only looks or frees; whatever comes of it. */
  void prepareToFree() {
    Optional<Cuda.Context> made = context;
    if (made.isPresent()) {
      cuda.setCurrent(made.get());
    }
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public long freeMemory() {
    enter();
    try {
      return memory.free();
    } finally {
      leave();
    }
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    enter();
    try {
      return memory.allocate(bytes);
    } finally {
      leave();
    }
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    enter();
    try {
      return memory.allocateStaging(bytes);
    } finally {
      leave();
    }
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    enter();
    try {
      String text = preludes.assemble(device.prelude(), source, options);
      ProgramKey key = compiler.key(text);
      return programs.use(
          key,
          () -> compiler.compile(key, source, text, options.name()),
          use -> resources.keep(new CudaModule(this, options.name(), source, use)));
    } finally {
      leave();
    }
  }

  @Override
  public CommandQueue queue() {
    enter();
    try {
      return resources.keep(CudaQueue.create(this));
    } finally {
      leave();
    }
  }

  @Override
  public void close() {
    guard.close(() -> {
      prepareToFree();
      resources.freeAll(CudaQueue.class);
      if (context.isPresent() && !stuck) {
        cuda.release(device.ordinal());
      }
    });
  }

  /**
   * Frees something when all queues have done what they were given so far. If one does not end, it
   * is left behind with everything that it may use.
   */
  void whenIdle(Runnable release) {
    prepareToFree();
    resources.each(
        CudaQueue.class,
        queue -> {
          if (!stuck && !queue.finish()) {
            stuck = true;
          }
        });
    if (!stuck) {
      release.run();
    }
  }

  /** Closes a resource from outside; a second time does nothing. */
  void close(CudaResource resource) {
    resources.each(CudaQueue.class, CudaQueue::requireNotRecordingHere);
    resources.close(resource);
  }

  /** Remembers that a queue does not end. */
  void giveUp() {
    stuck = true;
  }

  /** {@return a buffer of this driver} */
  CudaBuffer own(DeviceBuffer buffer) {
    if (buffer instanceof CudaBuffer mine && mine.driver() == this) {
      return mine;
    }
    throw new IllegalArgumentException("a buffer of another device is given to " + info().id());
  }

  /** {@return a staging buffer of this driver} */
  CudaStaging own(StagingBuffer buffer) {
    if (buffer instanceof CudaStaging mine && mine.driver() == this) {
      return mine;
    }
    throw new IllegalArgumentException(
        "a staging buffer of another device is given to " + info().id());
  }
}
