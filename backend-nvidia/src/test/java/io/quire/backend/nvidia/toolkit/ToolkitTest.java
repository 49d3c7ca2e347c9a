package io.quire.backend.nvidia.toolkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToolkitTest {
  @TempDir private Path root;

  @Test
  void shouldLookWhereVariablesSayFirst() {
    Toolkit toolkit =
        new Toolkit(Map.of("CUDA_HOME", "/cuda", "LD_LIBRARY_PATH", "/one:/two"), root);
    assertEquals(Path.of("/cuda/lib64"), toolkit.folders("lib64").iterator().next());
    assertTrue(toolkit.folders("lib64").containsAll(List.of(Path.of("/one"), Path.of("/two"))));
    assertTrue(toolkit.folders("bin").contains(root.resolve("usr/local/cuda/bin")));
  }

  @Test
  void shouldTakeTheNewestCompilerThatTheDriverUnderstands() throws IOException {
    Path old = file("usr/local/cuda/lib64/libnvrtc.so.12");
    Path young = file("pip/libnvrtc.so.13");
    file("pip/libnvrtc-builtins.so.13.0");
    file("pip/libnvrtc.alt.so.13");
    Toolkit toolkit = new Toolkit(Map.of("LD_LIBRARY_PATH", root.resolve("pip").toString()), root);
    assertEquals(Optional.of(young), toolkit.nvrtc(13));
    assertEquals(Optional.of(young), toolkit.nvrtc(Integer.MAX_VALUE));
    assertEquals(Optional.of(old), toolkit.nvrtc(12));
    assertEquals(Optional.empty(), toolkit.nvrtc(11));
  }

  @Test
  void shouldSeeTheVersionBehindALink() throws IOException {
    Path library = file("usr/lib64/libnvrtc.so.12.4.127");
    Path link = library.resolveSibling("libnvrtc.so");
    Files.createSymbolicLink(link, library.getFileName());
    Toolkit toolkit = new Toolkit(Map.of(), root);
    assertTrue(toolkit.nvrtc(12).isPresent());
    assertEquals(Optional.empty(), toolkit.nvrtc(11));
  }

  @Test
  void shouldAskPythonForItsPackages() throws IOException {
    Path library = file("site/nvidia/cu13/lib/libnvrtc.so.13");
    Path python = file("bin/python3");
    Files.writeString(python, "#!/bin/sh\necho\necho " + root.resolve("site") + "\n");
    assertTrue(python.toFile().setExecutable(true));
    Toolkit toolkit = new Toolkit(Map.of("PATH", root.resolve("bin").toString()), root);
    assertEquals(Optional.of(library), toolkit.nvrtc(13));
  }

  @Test
  void shouldFindNothingOnABareMachine() {
    assertEquals(Optional.empty(), new Toolkit(Map.of(), root).nvrtc(99));
  }

  private Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }
}
