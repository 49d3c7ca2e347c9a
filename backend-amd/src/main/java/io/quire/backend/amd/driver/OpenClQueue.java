package io.quire.backend.amd.driver;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import io.quire.gpu.driver.Resources;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/** An in-order queue. */
final class OpenClQueue implements CommandQueue, Resources.Resource {
  private static final Logger LOG = System.getLogger(OpenClQueue.class.getName());

  /** A queue that has not ended by then is left behind: waiting for ever would stop everything. */
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The widest pattern that fits is filled with; narrow ones are slow on GPUs. */
  private static final int MAX_PATTERN = 16;

  private final OpenClDriver driver;
  private final cl_command_queue queue;
  private final byte[] pattern = new byte[MAX_PATTERN];
  private final Pointer patternPointer = Pointer.to(pattern);

  /** Fences whose events are not released yet, in order. */
  private final Deque<OpenClFence> fences = new ArrayDeque<>();

  private volatile boolean freed;

  @SuppressWarnings("deprecation") // the successor came with OpenCL 2.0, which not every driver has
  OpenClQueue(OpenClDriver driver) {
    this.driver = driver;
    int[] status = new int[1];
    queue = CL.clCreateCommandQueue(driver.use().context, driver.device.handle(), 0, status);
    driver.guard.check(status[0], "making a queue");
  }

  private long enter() {
    driver.guard.enter();
    if (freed) {
      driver.guard.leave();
      throw new IllegalStateException(
          "a queue of device " + driver.info().id() + " is used after its close");
    }
    return queue.getNativePointer();
  }

  @Override
  public void launch(Kernel kernel, LaunchGeometry geometry) {
    enter();
    try {
      if (!(kernel instanceof OpenClKernel mine) || mine.driver() != driver) {
        throw new IllegalArgumentException(
            "a kernel of another device is launched on " + driver.info().id());
      }
      mine.launch(queue, geometry);
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void upload(
      StagingBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    long handle = enter();
    try {
      OpenClBuffer buffer = driver.own(target);
      buffer.check(targetOffset, bytes);
      long host = driver.own(source).address(sourceOffset, bytes);
      long memory = buffer.handle().getNativePointer();
      if (bytes > 0) {
        driver.guard.checkWork(
            driver.library.write().call(handle, memory, 0, targetOffset, bytes, host, 0, 0, 0),
            "an upload of " + bytes + " bytes");
      }
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void download(
      DeviceBuffer source, long sourceOffset, StagingBuffer target, long targetOffset, long bytes) {
    long handle = enter();
    try {
      OpenClBuffer buffer = driver.own(source);
      buffer.check(sourceOffset, bytes);
      long host = driver.own(target).address(targetOffset, bytes);
      long memory = buffer.handle().getNativePointer();
      if (bytes > 0) {
        driver.guard.checkWork(
            driver.library.read().call(handle, memory, 0, sourceOffset, bytes, host, 0, 0, 0),
            "a download of " + bytes + " bytes");
      }
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void copy(
      DeviceBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    enter();
    try {
      OpenClBuffer from = driver.own(source);
      OpenClBuffer to = driver.own(target);
      from.check(sourceOffset, bytes);
      to.check(targetOffset, bytes);
      if (from.overlaps(to, sourceOffset, targetOffset, bytes)) {
        throw new IllegalArgumentException(
            "a copy of "
                + bytes
                + " bytes from "
                + sourceOffset
                + " to "
                + targetOffset
                + " within the same memory overlaps itself");
      }
      if (bytes > 0) {
        driver.guard.checkWork(
            CL.clEnqueueCopyBuffer(
                queue,
                from.handle(),
                to.handle(),
                sourceOffset,
                targetOffset,
                bytes,
                0,
                null,
                null),
            "a copy of " + bytes + " bytes");
      }
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void fill(DeviceBuffer target, long offset, long bytes, byte value) {
    enter();
    try {
      OpenClBuffer buffer = driver.own(target);
      buffer.check(offset, bytes);
      long width = Math.min(MAX_PATTERN, Long.lowestOneBit(offset | bytes));
      if (bytes > 0) {
        Arrays.fill(pattern, value);
        driver.guard.checkWork(
            CL.clEnqueueFillBuffer(
                queue, buffer.handle(), patternPointer, width, offset, bytes, 0, null, null),
            "a fill of " + bytes + " bytes");
      }
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public Fence fence() {
    enter();
    try {
      return newFence();
    } finally {
      driver.guard.leave();
    }
  }

  private synchronized OpenClFence newFence() {
    while (!fences.isEmpty() && fences.getFirst().settled()) {
      fences.removeFirst();
    }
    cl_event event = new cl_event();
    driver.guard.checkWork(
        CL.clEnqueueMarkerWithWaitList(queue, 0, null, event), "queueing a fence");
    OpenClFence fence = new OpenClFence(driver, event);
    fences.add(fence);
    driver.guard.checkWork(CL.clFlush(queue), "handing work to the device");
    return fence;
  }

  @Override
  public Optional<CapturedGraph> capture(Runnable work) {
    return Optional.empty();
  }

  @Override
  public void close() {
    driver.resources.close(this);
  }

  /** Waits for what was queued; false if it does not end. */
  boolean finish() {
    if (driver.guard.lost()) {
      return true; // Nothing will be computed any more that somebody could miss.
    }
    try {
      return newFence().await(CLOSE_NANOS);
    } catch (LostDeviceException expected) {
      return true;
    }
  }

  @Override
  public void free() {
    boolean ended = finish();
    freed = true;
    if (!ended) {
      LOG.log(
          Level.ERROR,
          "a queue of device {0} has not ended its work within {1} s: it is left behind",
          driver.info().id(),
          TimeUnit.NANOSECONDS.toSeconds(CLOSE_NANOS));
      return;
    }
    synchronized (this) {
      fences.forEach(OpenClFence::release);
      fences.clear();
    }
    CL.clReleaseCommandQueue(queue);
  }
}
