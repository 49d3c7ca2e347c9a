package io.quire.api.kernel;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Service: kernel files that do not lie in a bundle, such as those of a folder that is watched.
 * Each becomes a {@link KernelSource} service. Safe for use by several threads.
 */
@ProviderType
public interface KernelFiles {
  /** Most bytes of a kernel file. */
  int MAX_BYTES = 1 << 20;

  /**
   * Registers a file's kernel. One of the same origin is replaced without a gap. A text that breaks
   * a rule of kernel files is not registered; until it is replaced or removed, {@link
   * KernelRegistry#entries()} lists it without an op, with the reason.
   *
   * @param origin where the file lies
   * @param content its bytes, UTF-8; of a longer file any {@link #MAX_BYTES} and one more
   */
  void put(String origin, byte[] content);

  /**
   * Withdraws a file's kernel, or what is listed in its place. An unknown origin is ignored.
   *
   * @param origin where the file lay
   */
  void remove(String origin);
}
