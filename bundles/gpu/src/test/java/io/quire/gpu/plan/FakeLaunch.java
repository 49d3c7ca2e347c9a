package io.quire.gpu.plan;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * A launch of a kernel that takes what {@link FakeKernels} says.
 *
 * @param entry the kernel, called as its operation is
 * @param macros of its module
 * @param source of its module
 * @param arguments by number, as they were when it was queued
 */
record FakeLaunch(
    String entry, Map<String, String> macros, String source, Map<Integer, Object> arguments) {
  /** {@return a macro that is a number} */
  int macro(String name) {
    return Integer.parseInt(macros.get(name));
  }

  /** {@return an argument that is a number} */
  int number(String name) {
    return (Integer) argument(name);
  }

  /** {@return an argument that is memory} */
  MemorySegment buffer(String name) {
    return ((FakeDriver.Memory) argument(name)).use();
  }

  private Object argument(String name) {
    return arguments.get(FakeKernels.arguments(entry).indexOf(name));
  }
}
