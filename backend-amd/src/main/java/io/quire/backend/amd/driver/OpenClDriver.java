package io.quire.backend.amd.driver;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.OpenClLibrary;
import io.quire.backend.amd.opencl.Status;
import io.quire.gpu.driver.Guard;
import io.quire.gpu.driver.Resources;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import io.quire.gpu.program.ProgramKey;
import io.quire.gpu.program.SharedPrograms;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_program;

/**
 * A device driven through OpenCL. Costs nothing until it is used. What was not closed when the
 * driver is closed is closed with it; later calls on it throw or, if they close, do nothing.
 *
 * <p>Which errors mean that the device is lost is said by {@link
 * io.quire.backend.amd.opencl.Status#lost}; besides these, work that was queued and ends with any
 * error, and {@code CL_OUT_OF_RESOURCES} if the device cannot finish even an empty queue after it.
 * Everything else is a {@link DeviceException}: that request was refused and the device is sound.
 */
public final class OpenClDriver implements DeviceDriver {
  final OpenClDevice device;
  final OpenClLibrary library;
  final Guard guard;
  final Memory memory;
  final Resources resources;
  private final PreludeText preludes;
  private final Compiler compiler;
  private final SharedPrograms<cl_program> programs = new SharedPrograms<>(CL::clReleaseProgram);
  private Optional<Session> session = Optional.empty();

  /**
   * Makes a driver.
   *
   * @param device what to drive
   * @param library OpenCL
   * @param preludes the dialect's texts
   * @param cache where binaries are kept
   * @param onLoss told once if the device is lost; may be called from any thread
   */
  public OpenClDriver(
      OpenClDevice device,
      OpenClLibrary library,
      PreludeText preludes,
      BinaryCache cache,
      Runnable onLoss) {
    this.device = device;
    this.library = library;
    this.preludes = preludes;
    guard = new Guard(device.info().id(), Status.CODES, onLoss);
    resources = new Resources(guard);
    memory = new Memory(this);
    compiler = new Compiler(this, cache);
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public long freeMemory() {
    guard.enter();
    try {
      return memory.free();
    } finally {
      guard.leave();
    }
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    guard.enter();
    try {
      return memory.allocate(bytes);
    } finally {
      guard.leave();
    }
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    guard.enter();
    try {
      return memory.allocateStaging(bytes);
    } finally {
      guard.leave();
    }
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    guard.enter();
    try {
      String text = preludes.assemble(device.prelude(), source, options);
      ProgramKey key = ProgramKey.of("1", text, device.prelude().options(), device.build());
      return programs.use(
          key,
          () -> compiler.compile(key, text, options.name()),
          use -> resources.keep(new OpenClModule(this, options.name(), use)));
    } finally {
      guard.leave();
    }
  }

  @Override
  public CommandQueue queue() {
    guard.enter();
    try {
      return resources.keep(new OpenClQueue(this));
    } finally {
      guard.leave();
    }
  }

  @Override
  public void close() {
    guard.close(() -> {
      resources.freeAll(OpenClQueue.class);
      session().ifPresent(Session::close);
    });
  }

  /** {@return the context, made if need be} */
  synchronized Session use() {
    if (session.isEmpty()) {
      session = Optional.of(new Session(device));
    }
    return session.get();
  }

  private synchronized Optional<Session> session() {
    return session;
  }

  /** Waits until all queues have done what they were given so far. */
  void finishQueues() {
    resources.each(OpenClQueue.class, OpenClQueue::finish);
  }

  /** {@return a buffer of this driver} */
  OpenClBuffer own(DeviceBuffer buffer) {
    if (buffer instanceof OpenClBuffer mine && mine.driver() == this) {
      return mine;
    }
    throw new IllegalArgumentException("a buffer of another device is given to " + info().id());
  }

  /** {@return a staging buffer of this driver} */
  OpenClStaging own(StagingBuffer buffer) {
    if (buffer instanceof OpenClStaging mine && mine.driver() == this) {
      return mine;
    }
    throw new IllegalArgumentException(
        "a staging buffer of another device is given to " + info().id());
  }
}
