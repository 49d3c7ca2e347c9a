package io.quire.tools.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.tools.target.Targets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  @TempDir Path root;

  @Test
  void shouldSayWhatToInstallOnABareMachine() {
    assertTrue(missing("gfx942").contains("apt install clang-19 rocm-device-libs"));
    assertTrue(missing("dg2").contains("apt install intel-opencl-icd"));
    assertTrue(missing("sm_90a").contains("pip install nvidia-cuda-nvrtc nvidia-cuda-nvcc"));
  }

  @Test
  void shouldSayThatOnlyTheDeviceLibrariesAreMissing() throws IOException {
    executable(root.resolve("opt/rocm/llvm/bin/clang"));

    assertTrue(missing("gfx90a").contains("ocml.bc"));
  }

  @Test
  void shouldFindClangAndDeviceLibrariesUnderTheirRoots() throws Exception {
    Path clang = executable(root.resolve("opt/rocm/llvm/bin/clang"));
    Path bitcode = Files.createDirectories(root.resolve("usr/lib/any-linux-gnu/amdgcn/bitcode"));
    Files.createFile(bitcode.resolve("ocml.bc"));

    try (Toolchains toolchains = new Toolchains(bare())) {
      Toolchain found = toolchains.of(Targets.named("gfx1100").getFirst());
      assertEquals(clang.toString(), found.version());
    }
  }

  @Test
  void shouldPreferTheSearchPathAndTheEarlierName() throws IOException {
    Path first = executable(root.resolve("a/tool-19"));
    Path second = executable(root.resolve("b/tool"));
    Files.createFile(root.resolve("a/tool"));
    Machine machine =
        new Machine(Map.of("PATH", root.resolve("a") + java.io.File.pathSeparator), root);

    assertEquals(
        Optional.of(first), machine.program(List.of("tool-19", "tool"), Set.of(root.resolve("b"))));
    assertEquals(Optional.of(second), machine.program(List.of("tool"), Set.of(root.resolve("b"))));
    assertEquals(Optional.empty(), machine.program(List.of("tool"), Set.of()));
  }

  private Machine bare() {
    return new Machine(Map.of(), root);
  }

  private String missing(String target) {
    try (Toolchains toolchains = new Toolchains(bare())) {
      return assertThrows(
              Toolchain.MissingException.class,
              () -> toolchains.of(Targets.named(target).getFirst()))
          .getMessage();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Path executable(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    assertTrue(file.toFile().setExecutable(true));
    return file;
  }
}
