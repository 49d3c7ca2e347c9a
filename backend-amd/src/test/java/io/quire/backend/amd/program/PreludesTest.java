package io.quire.backend.amd.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.KernelCompileException;
import io.quire.backend.amd.OpenClBackend;
import io.quire.gpu.program.Prelude;
import io.quire.gpu.program.PreludeText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreludesTest {
  private static final String SOURCE = "KERNEL(nothing)(void) {}";

  private final PreludeText texts = new PreludeText(OpenClBackend.class);

  @Test
  void shouldPutMacrosPreludeCommonPartAndKernelInThisOrder() {
    String text = assemble(Preludes.OPENCL, Map.of("WG_SIZE", "64", "ELEM_FP16", "0"));
    int at = -1;
    for (String part :
        List.of(
            "#define ELEM_FP16 0\n#define WG_SIZE 64\n",
            "#line 1 \"prelude/opencl.h\"\n",
            "#line 1 \"common/",
            "#line 1 \"texts/nothing.qk\"\n" + SOURCE)) {
      int next = text.indexOf(part);
      assertTrue(next > at, () -> part + " is not where it belongs");
      at = next;
    }
  }

  @Test
  void shouldPutTheGenericPreludeIntoAVendors() {
    for (Prelude prelude : List.of(Preludes.CDNA, Preludes.RDNA3)) {
      String text = assemble(prelude, Map.of());
      int generic = text.indexOf("#line 1 \"prelude/opencl.h\"\n");
      assertTrue(generic > text.indexOf("#define QK_VENDOR_TILES"), prelude.name());
      String resumed = "#line ";
      String back = "\"prelude/" + prelude.name() + ".h\"";
      int resume = text.indexOf(back, generic);
      String number = text.substring(text.lastIndexOf(resumed, resume) + resumed.length(), resume);
      assertEquals(lineAfterInclude(text, prelude), Integer.parseInt(number.strip()));
      assertEquals(-1, text.indexOf("#include \"opencl.h\""), prelude.name());
    }
  }

  /** A {@code #line} gives the number of the line that follows it, which is the include's next. */
  private static int lineAfterInclude(String text, Prelude prelude) {
    String begin = "#line 1 \"prelude/" + prelude.name() + ".h\"\n";
    int from = text.indexOf(begin) + begin.length();
    String before = text.substring(from, text.indexOf("#line 1 \"prelude/opencl.h\"\n"));
    return (int) before.lines().count() + 2;
  }

  @Test
  void shouldRefuseMacrosThatBreakOutOfTheirLine() {
    for (Map<String, String> macros :
        List.of(
            Map.of("A", "1\n#include \"/etc/passwd\""),
            Map.of("A", "1 \\"),
            Map.of("A B", "1"),
            Map.of("1A", "1"),
            Map.of("", "1"))) {
      var problem =
          assertThrows(
              KernelCompileException.class,
              () -> assemble(Preludes.OPENCL, macros),
              macros::toString);
      assertTrue(problem.getMessage().startsWith("texts/nothing.qk"), problem::getMessage);
    }
  }

  @Test
  void shouldKeepANameWithinItsLineDirective() {
    String text =
        texts.assemble(
            Preludes.OPENCL, SOURCE, new CompileOptions("a\"\n#error b\\", Map.of(), "1.0"));
    assertTrue(text.contains("#line 1 \"a__#error b_\"\n" + SOURCE));
  }

  @ParameterizedTest
  @CsvSource({"1.2", "2.0", "0.9", "''", "1", "1.0.0", "9999999.0"})
  void shouldRefuseDialectsItDoesNotSpeak(String dialect) {
    CompileOptions options = new CompileOptions("texts/nothing.qk", Map.of(), dialect);
    var problem =
        assertThrows(
            KernelCompileException.class, () -> texts.assemble(Preludes.OPENCL, SOURCE, options));
    assertTrue(problem.getMessage().contains("this driver has 1.1"), problem::getMessage);
  }

  @ParameterizedTest
  @CsvSource({
    "gfx90a, cdna", "gfx942, cdna", "gfx950, cdna", "gfx1100, rdna3", "gfx1151, rdna3",
    "gfx906, opencl", "gfx908, opencl", "gfx1030, opencl", "gfx1201, opencl", "x86_64, opencl",
    "sm_90, opencl"
  })
  void shouldTakeThePreludeMadeForAnArchitecture(String arch, String prelude) {
    assertEquals(prelude, Preludes.madeFor(arch).name());
    assertEquals(Preludes.madeFor(arch), Preludes.named(prelude));
  }

  @Test
  void shouldSayWhichPreludesThereAre() {
    var problem = assertThrows(IllegalArgumentException.class, () -> Preludes.named("cuda"));
    assertTrue(problem.getMessage().contains("opencl, cdna and rdna3"), problem::getMessage);
  }

  private String assemble(Prelude prelude, Map<String, String> macros) {
    return texts.assemble(prelude, SOURCE, new CompileOptions("texts/nothing.qk", macros, "1.0"));
  }
}
