package io.quire.gpu.kernel;

import io.quire.api.device.DeviceInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The numbers of a device that expressions may use. */
final class DeviceNumbers {
  /** Bytes of local memory that a group may have. */
  static final String LOCAL_MEMORY = "LOCAL_MEMORY";

  /** Work-items that a group may have. */
  static final String WORKGROUP_MAX = "WORKGROUP_MAX";

  static final List<String> NAMES =
      List.of(
          LOCAL_MEMORY,
          WORKGROUP_MAX,
          "COMPUTE_UNITS",
          "SUBGROUP",
          "COPIER_LANES",
          "SLAB_WIDE_ROWS",
          "SLAB_WIDE_LANES",
          "SLAB_NARROW_ROWS",
          "SLAB_NARROW_LANES");

  private DeviceNumbers() {}

  /**
   * Collects them; a property {@code local.memory} is called {@code LOCAL_MEMORY}.
   *
   * @param info the device
   * @return those that its driver reports
   */
  static Map<String, Long> of(DeviceInfo info) {
    Map<String, Long> numbers = new HashMap<>();
    numbers.put("COMPUTE_UNITS", (long) info.computeUnits());
    for (String name : NAMES) {
      if (info.properties().get(property(name)) instanceof Number number) {
        numbers.put(name, number.longValue());
      }
    }
    return numbers;
  }

  /** {@return the device property of a name} */
  static String property(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '.');
  }
}
