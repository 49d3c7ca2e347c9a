package io.quire.api.device;

import java.io.Serializable;
import java.util.Map;

/**
 * What a device says of itself.
 *
 * @param id unique on this machine and stable across restarts, such as {@code cpu0}
 * @param name the maker's product name
 * @param vendor lower case, such as {@code cpu}
 * @param arch instruction set or compute architecture, such as {@code x86_64+avx512}
 * @param driver how it is driven, such as {@code cpu} or {@code opencl}
 * @param memory total memory in bytes
 * @param computeUnits cores or multiprocessors
 * @param properties further facts for kernel filters, such as {@code subgroup=32}; plain values
 */
public record DeviceInfo(
    String id,
    String name,
    String vendor,
    String arch,
    String driver,
    long memory,
    int computeUnits,
    Map<String, Object> properties)
    implements Serializable {
  /** Service property: {@link #id()}. */
  public static final String DEVICE = "quire.device";

  /** Service property: {@link #vendor()}. */
  public static final String VENDOR = "vendor";

  /** Service property: {@link #arch()}. */
  public static final String ARCH = "arch";

  /** Service property: {@link #driver()}. */
  public static final String DRIVER = "driver";

  /** Service property: {@link #memory()}, a {@link Long} in bytes. */
  public static final String MEMORY = "memory";

  /** Among {@link #properties()}, a {@link Boolean}: whether the memory is also the host's. */
  public static final String MEMORY_SHARED = "memory.shared";

  /** Copies the map. */
  public DeviceInfo {
    properties = Map.copyOf(properties);
  }
}
