package io.quire.tools.compile;

import io.quire.backend.nvidia.toolkit.JnaNvrtc;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.backend.nvidia.toolkit.Toolkit;
import io.quire.tools.target.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * NVRTC, and where they are found {@code ptxas}, without which there is PTX but no object and no
 * numbers, and {@code nvdisasm}, without which the listing is PTX.
 */
final class NvidiaToolchain implements Toolchain {
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
    Toolkit toolkit = new Toolkit(machine.environment(), machine.root());
    Path library =
        toolkit
            .nvrtc(Integer.MAX_VALUE)
            .orElseThrow(() ->
                new MissingException(
                    "libnvrtc.so was not found in CUDA_HOME, /usr/local/cuda, LD_LIBRARY_PATH"
                        + " and Python's packages. Install it: pip install nvidia-cuda-nvrtc"
                        + " nvidia-cuda-nvcc, apt install nvidia-cuda-toolkit (Debian, Ubuntu)"
                        + " or pacman -S cuda (Arch)"));
    Set<Path> folders = toolkit.folders("bin");
    Optional<Path> ptxas = machine.program(List.of("ptxas"), folders);
    Optional<Path> nvdisasm = machine.program(List.of("nvdisasm"), folders);
    try {
      return new NvidiaToolchain(new JnaNvrtc(library), library, ptxas, nvdisasm);
    } catch (UnsatisfiedLinkError e) {
      throw new MissingException(library + " cannot be used: " + e.getMessage());
    }
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
            stem.getFileName() + ".cu",
            List.of(
                "--gpu-architecture=" + target.name().replace("sm_", "compute_"),
                "--std=c++17",
                "-default-device",
                "--use_fast_math",
                "-diag-suppress=177"),
            Nvrtc.Output.PTX);
    if (!outcome.succeeded()) {
      return Compiled.failed(outcome.log());
    }
    String ptx = new String(outcome.code(), StandardCharsets.UTF_8).replace("\0", "").strip();
    Path listing = Files.writeString(Path.of(stem + ".ptx"), ptx);
    String numbers = "";
    String instructions = ptx;
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
        "", Listings.nvidia(numbers, ptx), Compiled.count(target.matrixPattern(), instructions));
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
