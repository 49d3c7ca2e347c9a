package io.quire.tools.compile;

import io.quire.tools.target.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Clang for AMD's devices, with the device libraries of ROCm. */
final class ClangToolchain implements Toolchain, AutoCloseable {
  private static final String INSTALL =
      "Install them: apt install clang-19 rocm-device-libs (Debian, Ubuntu),"
          + " dnf install clang rocm-device-libs (Fedora), pacman -S rocm-llvm (Arch), or all of"
          + " ROCm";

  /** Device libraries older than a device: its constants are those of the nearest one. */
  private static final Map<String, String> NEAREST =
      Map.of("90a", "908", "942", "940", "1100", "1036");

  private static final List<String> MATHS =
      List.of("-cl-mad-enable", "-cl-denorms-are-zero", "-cl-no-signed-zeros");

  private final Path clang;
  private final Path libraries;

  private ClangToolchain(Path clang, Path libraries) {
    this.clang = clang;
    this.libraries = libraries;
  }

  static ClangToolchain find(Machine machine) throws MissingException, IOException {
    List<String> names =
        Stream.concat(
                Stream.of("clang-19", "clang"),
                IntStream.iterate(25, n -> n >= 17, n -> n - 1).mapToObj(n -> "clang-" + n))
            .toList();
    Optional<Path> clang = machine.program(names, Set.of(machine.place("opt/rocm/llvm/bin")));
    if (clang.isEmpty()) {
      throw new MissingException("no clang was found in PATH and /opt/rocm/llvm/bin. " + INSTALL);
    }
    Optional<Path> bitcode = bitcode(machine);
    if (bitcode.isEmpty()) {
      throw new MissingException(
          "ROCm's device libraries (ocml.bc) were not found in ROCM_PATH, /opt/rocm and /usr/lib. "
              + INSTALL);
    }
    return new ClangToolchain(clang.get(), complete(bitcode.get()));
  }

  private static Optional<Path> bitcode(Machine machine) {
    List<Path> roots = new ArrayList<>(machine.variable("ROCM_PATH"));
    roots.add(machine.place("opt/rocm"));
    roots.add(machine.place("usr/lib"));
    roots.add(machine.place("usr/lib64"));
    roots.addAll(Programs.children(machine.place("usr/lib")));
    return roots.stream()
        .map(root -> root.resolve("amdgcn/bitcode"))
        .filter(folder -> Files.isRegularFile(folder.resolve("ocml.bc")))
        .findFirst();
  }

  /** Links to all libraries, and in place of missing constants to the nearest device's. */
  private static Path complete(Path bitcode) throws IOException {
    Path folder = Files.createTempDirectory("quire-device-libs");
    for (Path file : Programs.children(bitcode)) {
      Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
    }
    for (Map.Entry<String, String> pair : NEAREST.entrySet()) {
      Path link = folder.resolve("oclc_isa_version_" + pair.getKey() + ".bc");
      Path other = bitcode.resolve("oclc_isa_version_" + pair.getValue() + ".bc");
      if (!Files.exists(link) && Files.exists(other)) {
        Files.createSymbolicLink(link, other);
      }
    }
    return folder;
  }

  @Override
  public String version() {
    return clang.toString();
  }

  @Override
  public Compiled compile(Target target, String text, Path stem)
      throws IOException, InterruptedException {
    Path source = Files.writeString(Path.of(stem + ".cl"), text);
    Path listing = Path.of(stem + ".s");
    List<String> command = new ArrayList<>(common(target));
    command.addAll(List.of("-x", "cl", "-cl-std=CL2.0", "-O3"));
    command.addAll(MATHS);
    command.addAll(List.of("--rocm-device-lib-path=" + libraries, "-S"));
    command.addAll(List.of(source.toString(), "-o", listing.toString()));
    Programs.Outcome outcome = Programs.run(command, stem.getParent(), Map.of());
    if (outcome.status() != 0) {
      return Compiled.failed(outcome.output());
    }
    command = new ArrayList<>(common(target));
    command.addAll(List.of("-c", listing.toString(), "-o", stem + ".o"));
    outcome = Programs.run(command, stem.getParent(), Map.of());
    if (outcome.status() != 0) {
      return Compiled.failed(outcome.output());
    }
    String assembly = Files.readString(listing);
    return new Compiled(
        "", Listings.amd(assembly), Compiled.count(target.matrixPattern(), assembly));
  }

  private List<String> common(Target target) {
    return List.of(
        clang.toString(),
        "--target=amdgcn-amd-amdhsa",
        "-mcpu=" + target.name(),
        "-mcode-object-version=4");
  }

  @Override
  public void close() throws IOException {
    for (Path link : Programs.children(libraries)) {
      Files.deleteIfExists(link);
    }
    Files.deleteIfExists(libraries);
  }
}
