package io.quire.tools.compile;

import java.io.File;
import java.io.IOException;
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

  /**
   * Where parts of NVIDIA's toolkit may lie: by its variables, by the system, and by pip, whose
   * folders Python tells.
   *
   * @param kind the folder in the toolkit: {@code bin}, {@code lib}, {@code lib64}
   * @return folders, whether they exist or not, the likeliest first
   */
  Set<Path> nvidia(String kind) {
    Set<Path> folders = new LinkedHashSet<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      variable(variable).forEach(home -> folders.add(home.resolve(kind)));
    }
    if (kind.startsWith("lib")) {
      folders.addAll(variable("LD_LIBRARY_PATH"));
      folders.add(place("usr/lib/x86_64-linux-gnu"));
      folders.add(place("usr/lib/aarch64-linux-gnu"));
    }
    folders.add(place("usr/local/cuda").resolve(kind));
    folders.add(place("opt/cuda").resolve(kind));
    for (Path site : python()) {
      for (Path wheel : Programs.children(site.resolve("nvidia"))) {
        folders.add(wheel.resolve(kind));
      }
    }
    return folders;
  }

  /** The folders that Python imports from. */
  private List<Path> python() {
    Optional<Path> python = program(List.of("python3", "python"), Set.of());
    if (python.isEmpty()) {
      return List.of();
    }
    try {
      Programs.Outcome outcome =
          Programs.run(
              List.of(python.get().toString(), "-c", "import sys; print('\\n'.join(sys.path))"),
              root,
              Map.of());
      return outcome
          .output()
          .lines()
          .filter(line -> outcome.status() == 0 && line.startsWith("/"))
          .map(Path::of)
          .toList();
    } catch (IOException noPython) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
