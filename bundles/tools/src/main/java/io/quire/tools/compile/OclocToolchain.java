package io.quire.tools.compile;

import io.quire.tools.target.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Intel's offline compiler; its listings are those that its code generator dumps. */
final class OclocToolchain implements Toolchain {
  private static final String OPTIONS =
      "-cl-std=CL2.0 -cl-mad-enable -cl-denorms-are-zero -cl-no-signed-zeros";
  private static final String MANY_REGISTERS = " -cl-intel-256-GRF-per-thread";
  private static final Pattern ERROR = Pattern.compile("(?i)\\berror\\b|undefined reference");

  private final Path ocloc;

  private OclocToolchain(Path ocloc) {
    this.ocloc = ocloc;
  }

  static OclocToolchain find(Machine machine) throws MissingException {
    Optional<Path> ocloc = machine.program(List.of("ocloc"), Set.of());
    return new OclocToolchain(
        ocloc.orElseThrow(() ->
            new MissingException(
                "ocloc was not found in PATH. Install it: apt install intel-opencl-icd"
                    + " (Debian, older Ubuntu) or intel-ocloc (newer Ubuntu), dnf install"
                    + " intel-ocloc (Fedora), pacman -S intel-compute-runtime (Arch)")));
  }

  @Override
  public String version() {
    return ocloc.toString();
  }

  @Override
  public Compiled compile(Target target, String text, Path stem)
      throws IOException, InterruptedException {
    Files.writeString(Path.of(stem + ".cl"), text);
    Path work = Files.createTempDirectory("quire-ocloc");
    try {
      Path dump = Files.createDirectory(work.resolve("dump"));
      Files.writeString(work.resolve("kernel.cl"), text);
      Programs.Outcome outcome = Programs.run(command(target), work, environment(dump));
      Optional<Path> binary = file(work, ".bin");
      if (outcome.status() != 0 || binary.isEmpty() || ERROR.matcher(outcome.output()).find()) {
        return Compiled.failed(outcome.output());
      }
      Files.move(binary.get(), Path.of(stem + ".bin"), StandardCopyOption.REPLACE_EXISTING);
      return measured(target, dump, stem);
    } finally {
      delete(work);
    }
  }

  private List<String> command(Target target) {
    return List.of(
        ocloc.toString(),
        "compile",
        "-q",
        "-file",
        "kernel.cl",
        "-device",
        target.name(),
        "-options",
        OPTIONS + (target.hasMatrixUnit() ? MANY_REGISTERS : ""),
        "-out_dir",
        ".");
  }

  private static Map<String, String> environment(Path dump) {
    return Map.of("IGC_ShaderDumpEnable", "1", "IGC_DumpToCustomDir", dump.toString());
  }

  private static Compiled measured(Target target, Path dump, Path stem) throws IOException {
    Map<String, String> listings = newest(dump, ".asm", Listings::intelName);
    Map<String, String> patches = newest(dump, ".cos", Listings::intelPatchName);
    StringBuilder all = new StringBuilder();
    List<EntryNumbers> entries = new ArrayList<>();
    listings.forEach((name, listing) -> {
      all.append(listing).append('\n');
      entries.add(Listings.intel(listing, patches.getOrDefault(name, "")));
    });
    Files.writeString(Path.of(stem + ".asm"), all);
    if (entries.isEmpty()) {
      return Compiled.failed("ocloc made a binary but no listing; its version dumps none");
    }
    return new Compiled("", entries, Compiled.count(target.matrixPattern(), all));
  }

  /** By kernel, the file written last: attempts that the code generator gave up come before it. */
  private static Map<String, String> newest(Path dump, String ending, UnaryOperator<String> name)
      throws IOException {
    List<Path> files =
        new ArrayList<>(
            Programs.children(dump).stream().filter(f -> f.toString().endsWith(ending)).toList());
    Map<Path, Long> times = new HashMap<>();
    for (Path file : files) {
      times.put(file, Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS));
    }
    files.sort(Comparator.comparing(times::get));
    Map<String, String> newest = new TreeMap<>();
    for (Path file : files) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      if (!name.apply(text).isEmpty()) {
        newest.put(name.apply(text), text);
      }
    }
    return newest;
  }

  private static Optional<Path> file(Path folder, String ending) {
    return Programs.children(folder).stream()
        .filter(file -> file.toString().endsWith(ending))
        .findFirst();
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
