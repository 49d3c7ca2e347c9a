package io.quire.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.kernel.KernelCases;
import io.quire.tools.command.UsageException;
import io.quire.tools.compile.CompileCommand;
import io.quire.tools.source.DialectTexts;
import io.quire.tools.source.Distribution;
import io.quire.tools.source.TextSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private static final String KERNEL =
      """
      /* @op activation.gated
       * @name plain
       * @dialect 1.0
       * @dtype bf16, f16
       * @device (vendor=amd)
       * @ranking 5
       * @tunable LANES 64 32
       * @define WG_SIZE LANES
       * @launch gated(out, gate, up) groups rows size WG_SIZE
       */
      """;

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void shouldListKernels() throws Exception {
    assertEquals(0, run("list"));
    assertTrue(text(out).contains("activation.gated  plain  bf16,f16  1.0      5"), text(out));
    assertTrue(text(out).contains("LANES=64|32"), text(out));
  }

  @Test
  void shouldListForPrograms() throws Exception {
    assertEquals(0, run("list", "--json", "--op", "activation"));
    assertTrue(text(out).contains("\"LANES\" : [ 64, 32 ]"), text(out));
  }

  @Test
  void shouldReportBrokenKernels() throws Exception {
    Distribution broken =
        new Distribution(List.of(), List.of("x.qk, line 1"), new DialectTexts(Map.of(), Map.of()));
    Main main = new Main(List.of(new ListCommand(broken)));

    assertEquals(1, main.dispatch(List.of("list"), stream(out), stream(err)));
    assertEquals("broken: x.qk, line 1\n", text(err));
  }

  @Test
  void shouldExplainItself() throws Exception {
    assertEquals(0, run());
    assertTrue(text(out).contains("compile"), text(out));
    assertEquals(0, run("compile", "--help"));
    assertTrue(text(out).contains("sm_80, sm_90a, gfx90a, gfx942, gfx1100, tgllp, dg2, pvc"));
    assertTrue(wrong("polish").contains("polish"));
    assertTrue(wrong("compile", "--target", "gfx942").contains("--out is missing"));
    assertTrue(wrong("compile", "--target", "vax", "--out", "x").contains("no target vax"));
    assertTrue(
        wrong("compile", "--target", "dg2", "--out", "x", "--kernel", "none")
            .contains("activation.gated/plain"));
  }

  private int run(String... arguments) throws Exception {
    Path file = Files.writeString(folder.resolve("plain.qk"), KERNEL);
    Distribution distribution =
        new Distribution(
            List.of(TextSource.read(file)), List.of(), new DialectTexts(Map.of(), Map.of()));
    Main main =
        new Main(
            List.of(
                new ListCommand(distribution),
                new CompileCommand(distribution, new KernelCases(List.of()))));
    return main.dispatch(List.of(arguments), stream(out), stream(err));
  }

  private String wrong(String... arguments) {
    return assertThrows(UsageException.class, () -> run(arguments)).getMessage();
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
