package io.quire.backend.nvidia.driver;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import io.quire.backend.nvidia.cuda.Cuda;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** An in-order queue: a stream that waits for no other. */
final class CudaQueue extends CudaResource implements CommandQueue {
  private static final Logger LOG = System.getLogger(CudaQueue.class.getName());

  /** A queue that has not ended by then is left behind: waiting for ever would stop everything. */
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Cuda.Stream stream;
  private final EventPool events;
  private final Recorder recorder;

  /** Held while work is recorded, when no other thread may touch the stream. */
  private final ReentrantLock recording = new ReentrantLock();

  /** Fences that have not been found reached yet, in order. */
  private final Deque<CudaFence> fences = new ArrayDeque<>();

  private CudaQueue(CudaDriver driver, Cuda.Stream stream) {
    super(driver);
    this.stream = stream;
    events = new EventPool(driver);
    recorder = new Recorder(driver, stream);
  }

  static CudaQueue create(CudaDriver driver) {
    Cuda.Out<Cuda.Stream> stream = new Cuda.Out<>();
    driver.guard.check(driver.cuda.createStream(stream), "making a queue");
    return new CudaQueue(driver, stream.get());
  }

  private void enter() {
    driver().enter();
    try {
      requireOpen();
    } catch (IllegalStateException e) {
      driver().leave();
      throw e;
    }
  }

  @Override
  public void launch(Kernel kernel, LaunchGeometry geometry) {
    enter();
    try {
      if (!(kernel instanceof CudaKernel mine) || mine.driver() != driver()) {
        throw new IllegalArgumentException(
            "a kernel of another device is launched on " + driver().info().id());
      }
      mine.launch(stream, geometry);
      recorder.note(mine);
    } finally {
      driver().leave();
    }
  }

  @Override
  public void upload(
      StagingBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    enter();
    try {
      CudaBuffer to = driver().own(target);
      CudaStaging from = driver().own(source);
      long address = to.address(targetOffset, bytes);
      long host = from.address(sourceOffset, bytes);
      if (bytes > 0) {
        check(driver().cuda.upload(address, host, bytes, stream), "an upload", bytes);
        recorder.note(from, to);
      }
    } finally {
      driver().leave();
    }
  }

  @Override
  public void download(
      DeviceBuffer source, long sourceOffset, StagingBuffer target, long targetOffset, long bytes) {
    enter();
    try {
      CudaBuffer from = driver().own(source);
      CudaStaging to = driver().own(target);
      long address = from.address(sourceOffset, bytes);
      long host = to.address(targetOffset, bytes);
      if (bytes > 0) {
        check(driver().cuda.download(host, address, bytes, stream), "a download", bytes);
        recorder.note(from, to);
      }
    } finally {
      driver().leave();
    }
  }

  @Override
  public void copy(
      DeviceBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    enter();
    try {
      CudaBuffer from = driver().own(source);
      CudaBuffer to = driver().own(target);
      long read = from.address(sourceOffset, bytes);
      long write = to.address(targetOffset, bytes);
      if (Math.abs(read - write) < bytes) {
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
        check(driver().cuda.copy(write, read, bytes, stream), "a copy", bytes);
        recorder.note(from, to);
      }
    } finally {
      driver().leave();
    }
  }

  @Override
  public void fill(DeviceBuffer target, long offset, long bytes, byte value) {
    enter();
    try {
      CudaBuffer buffer = driver().own(target);
      long address = buffer.address(offset, bytes);
      if (bytes > 0) {
        check(driver().cuda.fill(address, value, bytes, stream), "a fill", bytes);
        recorder.note(buffer, buffer);
      }
    } finally {
      driver().leave();
    }
  }

  /** Work that others count on; the text is made only if it is needed. */
  private void check(int status, String what, long bytes) {
    if (status != 0) {
      driver().guard.checkWork(status, what + " of " + bytes + " bytes");
    }
  }

  @Override
  public Fence fence() {
    enter();
    try {
      if (recorder.active()) {
        throw new IllegalStateException(
            "a fence is asked for while work is recorded: what is recorded does not run, so nobody"
                + " could wait for it");
      }
      return newFence();
    } finally {
      driver().leave();
    }
  }

  private synchronized CudaFence newFence() {
    while (!fences.isEmpty() && fences.getFirst().settled()) {
      fences.removeFirst();
    }
    Cuda.Event event = events.take();
    int status = driver().cuda.record(event, stream);
    if (status != 0) {
      events.giveBack(event);
      driver().guard.checkWork(status, "queueing a fence");
    }
    CudaFence fence = new CudaFence(driver(), events, event);
    fences.addLast(fence);
    return fence;
  }

  @Override
  public Optional<CapturedGraph> capture(Runnable work) {
    enter();
    recording.lock();
    try {
      Recorder.Recorded recorded = recorder.record(work);
      return Optional.of(driver().resources.keep(new CudaGraph(driver(), this, stream, recorded)));
    } finally {
      recording.unlock();
      driver().leave();
    }
  }

  @Override
  public void close() {
    driver().close(this);
  }

  /** Nothing can be freed by a thread that records: CUDA would give the recording up. */
  void requireNotRecordingHere() {
    if (recording.isHeldByCurrentThread()) {
      throw new IllegalStateException(
          "something of device "
              + driver().info().id()
              + " is closed by a thread that records work");
    }
  }

  /** Waits for what was queued, on any thread; false if it does not end. */
  boolean finish() {
    recording.lock();
    try {
      // A lost device computes nothing any more that somebody could miss.
      return driver().guard.lost() || newFence().await(CLOSE_NANOS);
    } catch (LostDeviceException expected) {
      return true;
    } finally {
      recording.unlock();
    }
  }

  /** This queue has been waited for only if it was still among the open ones. */
  @Override
  void release() {
    if (!finish()) {
      driver().giveUp();
      LOG.log(
          Level.ERROR,
          "a queue of device {0} has not ended its work within {1} s: it is left behind",
          driver().info().id(),
          TimeUnit.NANOSECONDS.toSeconds(CLOSE_NANOS));
      return;
    }
    synchronized (this) {
      fences.forEach(CudaFence::settled);
      fences.clear();
    }
    events.close();
    driver().cuda.destroy(stream);
  }

  @Override
  public String toString() {
    return "a queue of device " + driver().info().id();
  }
}
