package io.quire.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/** A run of device memory. */
@ConsumerType
public interface DeviceBuffer extends AutoCloseable {
  /** {@return its size in bytes} */
  long bytes();

  /**
   * A part of it, sharing its memory and closed with it.
   *
   * @param offset first byte, aligned to 256
   * @param length bytes
   * @return the part
   */
  DeviceBuffer slice(long offset, long length);

  /** Frees it, after the work that uses it. */
  @Override
  void close();
}
