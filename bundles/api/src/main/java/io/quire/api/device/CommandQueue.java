package io.quire.api.device;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** An in-order queue of work on a device. Nothing here waits but {@link Fence#await}. */
@ConsumerType
public interface CommandQueue extends AutoCloseable {
  /**
   * Launches a kernel with the arguments it has now.
   *
   * @param kernel the kernel
   * @param geometry groups and sizes
   */
  void launch(Kernel kernel, LaunchGeometry geometry);

  /**
   * Copies from host to device.
   *
   * @param source staging memory
   * @param sourceOffset first byte
   * @param target device memory
   * @param targetOffset first byte
   * @param bytes how many
   */
  void upload(
      StagingBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes);

  /**
   * Copies from device to host.
   *
   * @param source device memory
   * @param sourceOffset first byte
   * @param target staging memory
   * @param targetOffset first byte
   * @param bytes how many
   */
  void download(
      DeviceBuffer source, long sourceOffset, StagingBuffer target, long targetOffset, long bytes);

  /**
   * Copies inside the device.
   *
   * @param source device memory
   * @param sourceOffset first byte
   * @param target device memory
   * @param targetOffset first byte
   * @param bytes how many
   */
  void copy(
      DeviceBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes);

  /**
   * Sets bytes.
   *
   * @param target device memory
   * @param offset first byte
   * @param bytes how many
   * @param value each byte's value
   */
  void fill(DeviceBuffer target, long offset, long bytes, byte value);

  /** {@return a fence behind everything queued so far} */
  Fence fence();

  /**
   * Records work instead of running it.
   *
   * @param work queues launches and copies on this queue
   * @return the recorded graph, or empty if this device cannot capture: then nothing has run
   */
  Optional<CapturedGraph> capture(Runnable work);

  /** Waits for everything queued and frees the queue. */
  @Override
  void close();

  /** A point in a queue. */
  interface Fence {
    /** {@return whether the queue has reached it} */
    boolean reached();

    /**
     * Waits until the queue has reached it.
     *
     * @param nanos how long at most
     * @return false if it has not by then
     * @throws LostDeviceException if the work before it failed
     */
    boolean await(long nanos);
  }

  /** Recorded work. */
  interface CapturedGraph extends AutoCloseable {
    /** Queues it again, with the arguments it was recorded with. */
    void replay();

    /** Frees it. */
    @Override
    void close();
  }
}
