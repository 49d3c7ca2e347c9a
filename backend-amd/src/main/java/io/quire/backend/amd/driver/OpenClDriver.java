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
import io.quire.backend.amd.program.BinaryCache;
import io.quire.backend.amd.program.PreludeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
  private final Programs programs;
  private final Set<Resource> resources = ConcurrentHashMap.newKeySet();
  private Optional<Session> session = Optional.empty();

  /** Something to be freed before the context is. */
  interface Resource {
    /** Frees it, for a driver whose door is shut. Called once. */
    void free();
  }

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
    guard = new Guard(device.info().id(), onLoss);
    memory = new Memory(this);
    programs = new Programs(this, preludes, cache);
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
      return programs.module(source, options);
    } finally {
      guard.leave();
    }
  }

  @Override
  public CommandQueue queue() {
    guard.enter();
    try {
      return keep(new OpenClQueue(this));
    } finally {
      guard.leave();
    }
  }

  @Override
  public void close() {
    guard.close(() -> {
      List<Resource> queues = new ArrayList<>();
      for (Resource each : resources) {
        if (each instanceof OpenClQueue) {
          queues.add(each);
        }
      }
      queues.forEach(this::free); // First, for they wait until nothing uses the others.
      List.copyOf(resources).forEach(this::free);
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

  /** Has a resource freed with the driver. */
  <T extends Resource> T keep(T resource) {
    resources.add(resource);
    return resource;
  }

  /** Frees a resource, once. */
  void free(Resource resource) {
    if (resources.remove(resource)) {
      resource.free();
    }
  }

  /** Frees a resource from outside: its {@code close}. */
  void close(Resource resource) {
    if (guard.enterToFree()) {
      try {
        free(resource);
      } finally {
        guard.leave();
      }
    }
  }

  /** Waits until all queues have done what they were given so far. */
  void finishQueues() {
    for (Resource each : resources) {
      if (each instanceof OpenClQueue queue) {
        queue.finish();
      }
    }
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
