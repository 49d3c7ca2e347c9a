package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.StagingBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The device memory of one plan, freed together. */
final class DeviceMemory implements AutoCloseable {
  private static final long LIMIT = TimeUnit.MINUTES.toNanos(5);

  private final DeviceDriver driver;
  private final CommandQueue queue;
  private final List<AutoCloseable> held = new ArrayList<>();

  DeviceMemory(DeviceDriver driver, CommandQueue queue) {
    this.driver = driver;
    this.queue = queue;
  }

  DeviceBuffer allocate(long bytes) {
    DeviceBuffer buffer = driver.allocate(bytes);
    held.add(buffer);
    return buffer;
  }

  DeviceBuffer zeros(long bytes) {
    DeviceBuffer buffer = allocate(bytes);
    queue.fill(buffer, 0, bytes, (byte) 0);
    return buffer;
  }

  StagingBuffer staging(long bytes) {
    StagingBuffer buffer = driver.allocateStaging(bytes);
    held.add(buffer);
    return buffer;
  }

  /**
   * Waits until the queue has done everything.
   *
   * @param what it has to do, for the message
   */
  void finish(String what) {
    finish(queue.fence(), what);
  }

  /** Waits for a point in the queue. */
  void finish(CommandQueue.Fence fence, String what) {
    if (!fence.await(LIMIT)) {
      throw new DeviceException(
          "device "
              + driver.info().id()
              + " was to "
              + what
              + " and has not ended within "
              + TimeUnit.NANOSECONDS.toSeconds(LIMIT)
              + " s");
    }
  }

  DeviceDriver driver() {
    return driver;
  }

  CommandQueue queue() {
    return queue;
  }

  /** Frees what was allocated, the latest first. */
  @Override
  public void close() {
    Closing.all(held);
  }
}
