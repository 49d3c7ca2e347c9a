package io.quire.tools.compile;

import io.quire.tools.target.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NVRTC, and where they are found {@code ptxas}, without which there is PTX but no object and no
 * numbers, and {@code nvdisasm}, without which the listing is PTX.
 */
final class NvidiaToolchain implements Toolchain {
  private static final Pattern LIBRARY = Pattern.compile("libnvrtc\\.so(?:\\.(\\d+).*)?");

  private final Nvrtc nvrtc;
  private final Path library;
  private final Optional<Path> ptxas;
  private final Optional<Path> nvdisasm;

  private NvidiaToolchain(
      Nvrtc nvrtc, Path library, Optional<Path> ptxas, Optional<Path> nvdisasm) {
    this.nvrtc = nvrtc;
    this.library = library;
    this.ptxas = ptxas;
    this.nvdisasm = nvdisasm;
  }

  static NvidiaToolchain find(Machine machine) throws MissingException {
    List<Path> libraries = new ArrayList<>();
    for (String kind : List.of("lib64", "lib")) {
      for (Path folder : machine.nvidia(kind)) {
        Programs.children(folder).stream()
            .filter(file -> LIBRARY.matcher(file.getFileName().toString()).matches())
            .forEach(libraries::add);
      }
    }
    Path library =
        libraries.stream()
            .max(Comparator.comparingInt(NvidiaToolchain::majorVersion))
            .orElseThrow(() ->
                new MissingException(
                    "libnvrtc.so was not found in CUDA_HOME, /usr/local/cuda, LD_LIBRARY_PATH"
                        + " and Python's packages. Install it: pip install nvidia-cuda-nvrtc"
                        + " nvidia-cuda-nvcc, apt install nvidia-cuda-toolkit (Debian, Ubuntu)"
                        + " or pacman -S cuda (Arch)"));
    Set<Path> folders = machine.nvidia("bin");
    Optional<Path> ptxas = machine.program(List.of("ptxas"), folders);
    Optional<Path> nvdisasm = machine.program(List.of("nvdisasm"), folders);
    try {
      return new NvidiaToolchain(new Nvrtc(library), library, ptxas, nvdisasm);
    } catch (IllegalArgumentException e) {
      throw new MissingException(library + " cannot be used: " + e.getMessage());
    }
  }

  private static int majorVersion(Path library) {
    Matcher name = LIBRARY.matcher(library.getFileName().toString());
    return name.matches() && name.group(1) != null ? Integer.parseInt(name.group(1)) : 0;
  }

  @Override
  public String version() {
    return library
        + ptxas
            .map(path -> ", " + path)
            .orElse(", without ptxas (pip install nvidia-cuda-nvcc): PTX only, no registers")
        + nvdisasm
            .map(path -> ", " + path)
            .orElse(", without nvdisasm (pip install nvidia-cuda-nvdisasm): PTX in place of SASS");
  }

  @Override
  public Compiled compile(Target target, String text, Path stem)
      throws IOException, InterruptedException {
    Files.writeString(Path.of(stem + ".cu"), text);
    Nvrtc.Outcome outcome =
        nvrtc.compile(
            text,
            List.of(
                "--gpu-architecture=" + target.name().replace("sm_", "compute_"),
                "--std=c++17",
                "-default-device",
                "--use_fast_math",
                "-diag-suppress=177"));
    if (outcome.ptx().isEmpty()) {
      return Compiled.failed(outcome.log());
    }
    Path listing = Files.writeString(Path.of(stem + ".ptx"), outcome.ptx());
    String numbers = "";
    String instructions = outcome.ptx();
    if (ptxas.isPresent()) {
      List<String> command =
          List.of(
              ptxas.get().toString(),
              "-v",
              "-arch=" + target.name(),
              listing.toString(),
              "-o",
              stem + ".cubin");
      Programs.Outcome assembled = Programs.run(command, stem.getParent(), Map.of());
      if (assembled.status() != 0) {
        return Compiled.failed(assembled.output());
      }
      numbers = assembled.output();
      Files.writeString(Path.of(stem + ".log"), numbers);
      instructions = disassembled(stem).orElse(instructions);
    }
    return new Compiled(
        "",
        Listings.nvidia(numbers, outcome.ptx()),
        Compiled.count(target.matrixPattern(), instructions));
  }

  /** The machine's instructions, also written beside the object. */
  private Optional<String> disassembled(Path stem) throws IOException, InterruptedException {
    if (nvdisasm.isEmpty()) {
      return Optional.empty();
    }
    List<String> command = List.of(nvdisasm.get().toString(), "-c", stem + ".cubin");
    Programs.Outcome listing = Programs.run(command, stem.getParent(), Map.of());
    if (listing.status() != 0) {
      throw new IOException("nvdisasm failed on " + stem + ".cubin: " + listing.output());
    }
    Files.writeString(Path.of(stem + ".sass"), listing.output());
    return Optional.of(listing.output());
  }
}
