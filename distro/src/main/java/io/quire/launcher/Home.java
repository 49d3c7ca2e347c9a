package io.quire.launcher;

import java.nio.file.Path;

/**
 * Where state lives: models, caches, configuration, sockets.
 *
 * @param path {@code $QUIRE_HOME}, or {@code ~/.cache/quire}
 */
record Home(Path path) {
  static Home fromEnvironment() {
    String configured = System.getenv("QUIRE_HOME");
    return new Home(
        configured == null || configured.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache", "quire")
            : Path.of(configured).toAbsolutePath());
  }

  Path models() {
    return path.resolve("models");
  }

  Path etc() {
    return path.resolve("etc");
  }

  Path run() {
    return path.resolve("run");
  }

  Path log() {
    return path.resolve("log");
  }
}
