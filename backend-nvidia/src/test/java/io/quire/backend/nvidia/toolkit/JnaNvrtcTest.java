package io.quire.backend.nvidia.toolkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quire.api.device.CompileOptions;
import io.quire.backend.nvidia.CudaBackend;
import io.quire.backend.nvidia.cuda.Discovery;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.gpu.program.Prelude;
import io.quire.gpu.program.PreludeText;
import io.quire.testkit.driver.DriverRig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** NVIDIA's real compiler, which needs no GPU, where it is installed. */
class JnaNvrtcTest {
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
  private static final Prelude PRELUDE =
      new Discovery(new FakeCuda(9, 0)).devices(13_000, "").getFirst().prelude();

  private static JnaNvrtc nvrtc() {
    Optional<JnaNvrtc> found = Toolkit.here().nvrtc(Integer.MAX_VALUE).map(JnaNvrtc::new);
    if (found.isEmpty()) {
      System.out.println("SKIPPED: no NVRTC is here; " + Toolkit.REMEDY);
    }
    assumeTrue(found.isPresent());
    return found.get();
  }

  private static List<String> options(String architecture) {
    List<String> options = new ArrayList<>();
    options.add("--gpu-architecture=" + architecture);
    options.addAll(List.of(PRELUDE.options().split(" ")));
    return options;
  }

  private static String text(String source) {
    CompileOptions options =
        new CompileOptions(
            "texts/one.qk", Map.of("WG_SIZE", "4", "FACTOR", "2", "ELEM_FP16", "0"), "1.0");
    return new PreludeText(CudaBackend.class).assemble(PRELUDE, source, options);
  }

  @Test
  void shouldMakeMachineCodeAndPtx() {
    try (JnaNvrtc nvrtc = nvrtc()) {
      String text = text(DriverRig.ADD);
      for (String arch : List.of("sm_80", "sm_90", "sm_90a")) {
        var outcome = nvrtc.compile(text, "texts/one.qk", options(arch), Nvrtc.Output.MACHINE_CODE);
        assertTrue(outcome.succeeded(), outcome::log);
        assertEquals(0, Arrays.mismatch(outcome.code(), ELF) - ELF.length, arch);
      }
      var ptx = nvrtc.compile(text, "texts/one.qk", options("compute_90a"), Nvrtc.Output.PTX);
      assertTrue(new String(ptx.code(), StandardCharsets.UTF_8).contains(".entry add("), ptx::log);
      assertTrue(nvrtc.architectures().containsAll(List.of(80, 90)));
      assertTrue(nvrtc.version().matches("\\d+\\.\\d+"), nvrtc::version);
    }
  }

  @Test
  void shouldNameTheKernelsOwnLine() {
    try (JnaNvrtc nvrtc = nvrtc()) {
      String text = text("KERNEL(broken)(GLOBAL int* values)\n{\n    values[0] = nowhere;\n}\n");
      var outcome =
          nvrtc.compile(text, "texts/one.qk", options("sm_90a"), Nvrtc.Output.MACHINE_CODE);
      assertFalse(outcome.succeeded());
      assertTrue(outcome.log().contains("texts/one.qk(3)"), outcome::log);
    }
  }

  @Test
  void shouldSayThatAnOptionIsWrong() {
    try (JnaNvrtc nvrtc = nvrtc()) {
      var outcome =
          nvrtc.compile(text(DriverRig.ADD), "x", options("sm_1"), Nvrtc.Output.MACHINE_CODE);
      assertFalse(outcome.succeeded());
      assertFalse(outcome.log().isBlank());
    }
  }
}
