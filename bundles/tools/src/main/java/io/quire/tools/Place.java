package io.quire.tools;

import java.nio.file.Path;

/**
 * Where things are.
 *
 * @param dist the distribution
 * @param home what outlives a run: compiled kernels, tuning results
 */
record Place(Path dist, Path home) {
  /** {@return what the launching script says} */
  static Place here() {
    String home = System.getProperty("quire.home", System.getenv("QUIRE_HOME"));
    return new Place(
        Path.of(System.getProperty("quire.dist", ".")).toAbsolutePath(),
        home == null
            ? Path.of(System.getProperty("user.home"), ".cache", "quire")
            : Path.of(home).toAbsolutePath());
  }
}
