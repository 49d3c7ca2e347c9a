package io.quire.launcher;

import java.util.List;

/**
 * Who starts before whom. Nothing depends on it to work, only to come up in one go and to stop in
 * good order.
 */
final class StartLevels {
  /**
   * What others find through service loaders when they start: logging, and the weaver that makes
   * loaders work.
   */
  static final int LOADERS = 1;

  /** The OSGi platform and libraries. */
  private static final int PLATFORM = 2;

  /** Everything of ours that nothing else waits for. */
  private static final int ROOMS = 3;

  /**
   * Where models are served: the last to start, so the first to stop, while everything they need is
   * still there.
   */
  private static final int CORE = 4;

  /** What asks for models. */
  static final int HIGHEST = 5;

  private static final List<String> LOADER_NAMES =
      List.of("org.objectweb.asm", "org.apache.aries.spifly", "slf4j.");

  private StartLevels() {}

  /** Takes most of a second to start and nothing waits for it. */
  static boolean isWebServer(String symbolicName) {
    return symbolicName.startsWith("org.apache.felix.http.jetty");
  }

  /** {@return when the launcher starts {@code symbolicName}, lower numbers first} */
  static int turn(String symbolicName) {
    return isWebServer(symbolicName) ? PLATFORM : of(symbolicName);
  }

  /**
   * {@return the level that {@code symbolicName} has in the framework: bundles stop in its order}
   */
  static int of(String symbolicName) {
    if (isWebServer(symbolicName)) {
      return LOADERS; // the last to stop: streams end before it does
    }
    if (LOADER_NAMES.stream().anyMatch(symbolicName::startsWith)) {
      return LOADERS;
    }
    return switch (symbolicName) {
      case "io.quire.terminal", "org.apache.felix.fileinstall" -> HIGHEST;
      case "io.quire.core" -> CORE;
      case "io.quire.worker" -> PLATFORM; // before backends, which it keeps from opening devices
      default -> symbolicName.startsWith("io.quire.") ? ROOMS : PLATFORM;
    };
  }
}
