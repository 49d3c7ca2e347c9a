package io.quire.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.core.kernel.KernelLocations.Location;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelLocationsTest {
  @Test
  void shouldReadFilesPatternsAndFolders() {
    assertEquals(
        List.of(
            new Location("kernels", "*.qk"),
            new Location("a/b", "gemm.qk"),
            new Location("", "top.qk"),
            new Location("kernels", "*.qk"),
            new Location("kernels/x", "*.qk")),
        KernelLocations.parse("kernels/*.qk, /a/b/gemm.qk,top.qk , kernels,kernels/x/"));
  }

  @Test
  void shouldReadClausesWithSeveralPathsQuotesAndParameters() {
    assertEquals(
        List.of(new Location("a", "*.qk"), new Location("b,c", "d;e=f.qk")),
        KernelLocations.parse("a; \"b,c/d;e=f.qk\"; level=3; when:=\"x,y\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "a,,b", "/", "../x.qk", "a/../b", "*/x.qk", "kernels/*", "x=1"})
  void shouldRefuseWhatIsNoPath(String header) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> KernelLocations.parse(header));
    assertTrue(e.getMessage().contains("Quire-Kernels"), e.getMessage());
  }

  @Test
  void shouldBoundTheirNumber() {
    String header = "k,".repeat(256) + "k";
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> KernelLocations.parse(header));
    assertTrue(e.getMessage().contains("at most 256"), e.getMessage());
  }
}
