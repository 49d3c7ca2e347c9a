package io.quire.api.device;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;

/** Host memory for copies to and from a device. */
@ConsumerType
public interface StagingBuffer extends AutoCloseable {
  /** {@return the memory} */
  MemorySegment segment();

  /** Frees it, after the copies that use it. */
  @Override
  void close();
}
