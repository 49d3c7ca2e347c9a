package io.quire.backend.nvidia.toolkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where parts of NVIDIA's toolkit may lie: by its variables, by the system, and by pip, whose
 * folders Python tells.
 *
 * @param environment variables such as {@code CUDA_HOME}
 * @param root what {@code /usr} and {@code /opt} lie in
 */
public record Toolkit(Map<String, String> environment, Path root) {
  /** How to get NVRTC, for messages. */
  public static final String REMEDY =
      "pip install nvidia-cuda-nvrtc, apt install nvidia-cuda-toolkit (Debian, Ubuntu) or pacman -S"
          + " cuda (Arch); CUDA_HOME names a toolkit that lies elsewhere";

  private static final Pattern LIBRARY =
      Pattern.compile("libnvrtc\\.so(?:\\.(\\d{1,4})(?:\\..*)?)?");

  /** {@return the toolkit of the machine that this runs on} */
  public static Toolkit here() {
    return new Toolkit(System.getenv(), Path.of("/"));
  }

  /**
   * Folders of the toolkit.
   *
   * @param kind the folder in a toolkit: {@code bin}, {@code lib}, {@code lib64}
   * @return folders, whether they exist or not, the likeliest first
   */
  public Set<Path> folders(String kind) {
    Set<Path> folders = new LinkedHashSet<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      variable(variable).forEach(home -> folders.add(home.resolve(kind)));
    }
    if (kind.startsWith("lib")) {
      folders.addAll(variable("LD_LIBRARY_PATH"));
      for (String system :
          List.of("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64")) {
        folders.add(root.resolve(system));
      }
    }
    folders.add(root.resolve("usr/local/cuda").resolve(kind));
    folders.add(root.resolve("opt/cuda").resolve(kind));
    for (Path site : python()) {
      for (Path wheel : children(site.resolve("nvidia"))) {
        folders.add(wheel.resolve(kind));
      }
    }
    return folders;
  }

  /**
   * The newest NVRTC.
   *
   * @param majorVersion no newer than this one, since a driver takes only the code of its own
   *     version and of older ones
   * @return the library's file, or empty if there is none
   */
  public Optional<Path> nvrtc(int majorVersion) {
    List<Path> libraries = new ArrayList<>();
    Set<Path> folders = new LinkedHashSet<>(folders("lib64"));
    folders.addAll(folders("lib"));
    for (Path folder : folders) {
      children(folder).stream()
          .filter(file -> LIBRARY.matcher(file.getFileName().toString()).matches())
          .filter(file -> version(file) <= majorVersion)
          .forEach(libraries::add);
    }
    // Of equals the first that was found.
    return libraries.stream().max(Comparator.comparingInt(Toolkit::version));
  }

  /** The major version in a library's name, or in that of the file behind a link. */
  private static int version(Path library) {
    int named = inName(library);
    if (named > 0) {
      return named;
    }
    try {
      return inName(library.toRealPath());
    } catch (IOException broken) {
      return Integer.MAX_VALUE;
    }
  }

  private static int inName(Path library) {
    Matcher name = LIBRARY.matcher(library.getFileName().toString());
    return name.matches() && name.group(1) != null ? Integer.parseInt(name.group(1)) : 0;
  }

  /** The folders that an environment variable lists. */
  private List<Path> variable(String name) {
    List<Path> folders = new ArrayList<>();
    for (String folder : environment.getOrDefault(name, "").split(File.pathSeparator)) {
      if (!folder.isBlank()) {
        folders.add(Path.of(folder));
      }
    }
    return folders;
  }

  /** The folders that Python imports from. */
  private List<Path> python() {
    for (Path folder : variable("PATH")) {
      for (String name : List.of("python3", "python")) {
        Path python = folder.resolve(name);
        if (Files.isRegularFile(python) && Files.isExecutable(python)) {
          return folders(python);
        }
      }
    }
    return List.of();
  }

  private static List<Path> folders(Path python) {
    ProcessBuilder builder =
        new ProcessBuilder(python.toString(), "-c", "import sys; print('\\n'.join(sys.path))")
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      try (InputStream output = process.getInputStream()) {
        return new String(output.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("/"))
            .map(Path::of)
            .toList();
      } finally {
        process.destroy();
      }
    } catch (IOException noPython) {
      return List.of();
    }
  }

  private static List<Path> children(Path folder) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
        stream.forEach(found::add);
      } catch (IOException unreadable) {
        return List.of();
      }
    }
    found.sort(null);
    return found;
  }
}
