package io.quire.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a GPU vendor implements: memory, compiled kernels, queues. No arithmetic. Calls come from
 * one thread unless said otherwise; every method throws {@link LostDeviceException} once the device
 * has failed.
 */
@ConsumerType
public interface DeviceDriver extends AutoCloseable {
  /** {@return what the device is} */
  DeviceInfo info();

  /** {@return bytes of device memory that can be allocated now} */
  long freeMemory();

  /**
   * Allocates device memory. Not called after warm-up.
   *
   * @param bytes size, above 0
   * @return the buffer, contents undefined
   * @throws DeviceException if there is not enough memory; the message has what is free
   */
  DeviceBuffer allocate(long bytes);

  /**
   * Allocates host memory that copies run at full speed from and to.
   *
   * @param bytes size, above 0
   * @return the staging memory
   */
  StagingBuffer allocateStaging(long bytes);

  /**
   * Compiles a kernel text, or takes the result from a cache. May be called from several threads;
   * never on a request's path.
   *
   * @param source kernel text without the prelude, which the driver adds
   * @param options definitions and the kernel's needs
   * @return the module
   * @throws KernelCompileException if the text does not compile; the message has the compiler's log
   */
  KernelModule compile(String source, CompileOptions options);

  /** {@return a new in-order queue} */
  CommandQueue queue();

  /** Frees everything. */
  @Override
  void close();
}
