package io.quire.backend.nvidia.fake;

import io.quire.api.device.LaunchGeometry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/**
 * A launch as the driver has asked for it.
 *
 * @param kernel its name
 * @param geometry groups, sizes and local memory
 * @param macros of its text
 * @param arguments copies of the values, as the device would get them
 * @param overlap whether it may begin before the kernel in front of it has ended
 */
public record FakeLaunch(
    String kernel,
    LaunchGeometry geometry,
    Map<String, String> macros,
    List<MemorySegment> arguments,
    boolean overlap) {
  /**
   * An argument.
   *
   * @param index from 0
   * @return its value
   */
  public int intAt(int index) {
    return arguments.get(index).get(ValueLayout.JAVA_INT, 0);
  }

  /**
   * An argument.
   *
   * @param index from 0
   * @return its value
   */
  public long longAt(int index) {
    return arguments.get(index).get(ValueLayout.JAVA_LONG, 0);
  }
}
