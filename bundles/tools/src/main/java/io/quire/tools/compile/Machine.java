package io.quire.tools.compile;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where programs and libraries are looked for.
 *
 * @param environment variables such as {@code PATH}
 * @param root what {@code /usr} and {@code /opt} lie in
 */
record Machine(Map<String, String> environment, Path root) {
  /** {@return the machine that this runs on} */
  static Machine here() {
    return new Machine(System.getenv(), Path.of("/"));
  }

  /** {@return a place such as {@code usr/lib}} */
  Path place(String relative) {
    return root.resolve(relative);
  }

  /** {@return the folders that an environment variable lists} */
  List<Path> variable(String name) {
    List<Path> folders = new ArrayList<>();
    for (String folder : environment.getOrDefault(name, "").split(File.pathSeparator)) {
      if (!folder.isBlank()) {
        folders.add(Path.of(folder));
      }
    }
    return folders;
  }

  /** The first of some names that is in a folder of the search path, or in one of these folders. */
  Optional<Path> program(List<String> names, Set<Path> folders) {
    Set<Path> all = new LinkedHashSet<>(variable("PATH"));
    all.addAll(folders);
    for (String name : names) {
      for (Path folder : all) {
        Path candidate = folder.resolve(name);
        if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
          return Optional.of(candidate);
        }
      }
    }
    return Optional.empty();
  }
}
