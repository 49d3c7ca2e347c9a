package io.quire.launcher;

import java.util.List;

/** Who starts before whom. Nothing depends on it to work, only to come up in one go and to stop in good order. */
final class StartLevels {
  /** Libraries and the service runtime. */
  static final int LIBRARIES = 1;

  /** Where models may be asked for: last to start, so first to stop, while everything they need is still there. */
  static final int HIGHEST = 4;

  private static final List<String> DOORS = List.of("io.quire.http", "io.quire.metrics", "io.quire.shell");

  private StartLevels() {}

  static int of(String symbolicName) {
    if (symbolicName.equals("io.quire.terminal") || symbolicName.equals("org.apache.felix.fileinstall")) {
      return HIGHEST;
    }
    if (symbolicName.equals("io.quire.core")) {
      return 3;
    }
    if (DOORS.contains(symbolicName)) {
      return 2;
    }
    return symbolicName.startsWith("io.quire.") ? 2 : LIBRARIES;
  }
}
