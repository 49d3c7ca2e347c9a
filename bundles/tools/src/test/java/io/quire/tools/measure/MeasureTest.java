package io.quire.tools.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceDriver;
import io.quire.testkit.kernel.CaseSource;
import io.quire.testkit.kernel.KernelCase;
import io.quire.testkit.kernel.KernelCase.Argument;
import io.quire.testkit.kernel.KernelCase.Expectation;
import io.quire.testkit.kernel.KernelCaseCheck;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.UsageException;
import io.quire.tools.source.DialectTexts;
import io.quire.tools.source.Distribution;
import io.quire.tools.source.TextSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureTest {
  private static final String KERNEL =
      """
      /* @op activation
       * @name plain
       * @dialect 1.0
       * @dtype bf16
       * @tunable LANES 32 64 128 16
       * @define WG_SIZE LANES
       * @require  WIDTH != 24
       * @launch activate(out, in) groups rows size WG_SIZE
       */
      """;

  @TempDir Path folder;
  private final FakeDriver driver = new FakeDriver();
  private List<DeviceDriver> drivers = List.of(driver);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void shouldCountCasesThatPassAndThoseNotServed() throws Exception {
    assertEquals(0, run(check(new Cases(32, 8, 24, 40))), text(out));

    assertTrue(text(out).contains("fake0   activation/plain  bf16   2       1           ok"));
  }

  @Test
  void shouldCheckAsManyCasesAsAreServed() throws Exception {
    assertEquals(0, run(check(new Cases(32, 24, 8, 40, 16)), "--cases", "2", "--exact"));

    assertTrue(text(out).contains("fake0   activation/plain  bf16   2  "), text(out));
    assertThrows(UsageException.class, () -> run(check(new Cases(32, 8)), "--cases", "0"));
  }

  @Test
  void shouldReportTheCaseThatFails() throws Exception {
    assertEquals(1, run(check(new Cases(33, 8))));

    assertTrue(text(out).contains("FAILED: fake0, activation/plain bf16: "), text(out));
    assertTrue(text(out).contains("case width 8: out: the first byte is 32, expected 33"));
  }

  @Test
  void shouldCheckEveryCombination() throws Exception {
    assertEquals(1, run(check(new Cases(32, 8)), "--tunables", "all"));

    assertTrue(text(out).contains("is 64, expected 32 with LANES=64"), text(out));
    assertTrue(text(out).contains("is 16, expected 32 with LANES=16"), text(out));
    assertTrue(text(out).endsWith("2 failures\n"), text(out));
  }

  @Test
  void shouldFailAKernelThatDoesNotCompileOrHasNoCase() throws Exception {
    driver.compiler = macros -> macros.get("WIDTH").equals("8") ? "line 4: no" : "";

    assertEquals(1, run(check(new Cases(32, 8, 40))));
    assertEquals(0, run(check(new Cases(32, 24))));
    assertEquals(1, run(check(new Cases(32))));

    assertTrue(text(out).contains("case width 8: line 4: no"), text(out));
    assertTrue(text(out).contains("not served here"), text(out));
    assertTrue(text(out).contains("there is no contract case"), text(out));
  }

  @Test
  void shouldSayHowToGetADevice() {
    drivers = List.of();

    String message =
        assertThrows(IOException.class, () -> run(check(new Cases(32, 8)))).getMessage();

    assertTrue(message.contains("pocl-opencl-icd"), message);
  }

  @Test
  void shouldTimeShapesThatAreServed() throws Exception {
    Command bench = new BenchCommand(distribution(), this::find, folder.resolve("tuning"));

    assertEquals(0, run(bench, "--shape", "WIDTH=64,FUNCTION=0", "--rows", "2,4"));
    assertEquals(0, run(bench, "--shape", "WIDTH=24,FUNCTION=0"));

    List<String> lines = text(out).lines().toList();
    assertEquals(4, lines.size(), text(out));
    assertTrue(lines.get(1).startsWith("fake0   activation/plain  bf16   FUNCTION-0,WIDTH-64  2"));
    assertTrue(lines.get(2).contains("  4  "), text(out));
  }

  @Test
  void shouldTuneOnceAndUseItAfterwards() throws Exception {
    Path tuning = folder.resolve("tuning");
    driver.compiler = macros -> macros.get("LANES").equals("64") ? "line 4: no" : "";
    CaseSource cases = new Cases(32, 8);
    Command tune = new TuneCommand(distribution(), this::find, new KernelCaseCheck(cases), tuning);
    String[] options = {"--shape", "WIDTH=64,FUNCTION=0", "--rows", "2", "--samples", "1"};

    assertEquals(0, run(tune, options), text(err));
    assertEquals(2, text(out).lines().count(), text(out));
    assertTrue(text(out).contains("LANES=32"), text(out));
    assertTrue(text(err).contains("LANES=64: line 4: no"), text(err));
    assertEquals(1, Files.list(tuning).count());

    assertEquals(0, run(tune, options));
    assertEquals(3, text(out).lines().count(), text(out));
  }

  @Test
  void shouldReportAKernelThatFailsItsCases() throws Exception {
    Command tune =
        new TuneCommand(distribution(), this::find, new KernelCaseCheck(new Cases(1, 8)), folder);

    assertEquals(1, run(tune, "--shape", "WIDTH=64", "--rows", "1", "--samples", "1"));

    assertTrue(text(err).contains("activation/plain is wrong"), text(err));
  }

  @Test
  void shouldRefuseWrongNumbers() {
    Command bench = new BenchCommand(distribution(), this::find, folder);

    assertThrows(UsageException.class, () -> run(bench, "--rows", "0"));
    assertThrows(UsageException.class, () -> run(bench, "--rows", "1,x"));
    assertThrows(UsageException.class, () -> run(bench, "--model", "gpt"));
    assertThrows(UsageException.class, () -> run(bench, "--samples", "0"));
    assertEquals("1.500", BenchCommand.number(1.5));
    assertEquals("12346", BenchCommand.number(12345.6));
  }

  private Command check(CaseSource cases) {
    return new CheckCommand(distribution(), cases, this::find);
  }

  private Devices.Found find(String filter) {
    return new Devices.Found(drivers, () -> out.flush());
  }

  private Distribution distribution() {
    try {
      Path file = Files.writeString(folder.resolve("plain.qk"), KERNEL);
      return new Distribution(
          List.of(TextSource.read(file)), List.of(), new DialectTexts(Map.of(), Map.of()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private int run(Command command, String... arguments) throws Exception {
    return command.run(
        CommandLine.parse(command.options(), List.of(arguments)), stream(out), stream(err));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Cases of some widths that expect a number in the first byte. */
  private record Cases(int expected, int... widths) implements CaseSource {
    @Override
    public Set<String> ops() {
      return Set.of("activation");
    }

    @Override
    public List<KernelCase> cases(String op, String dtype, long seed) {
      return java.util.Arrays.stream(widths).mapToObj(width -> one(dtype, width)).toList();
    }

    private KernelCase one(String dtype, int width) {
      return new KernelCase(
          "activation",
          dtype,
          "width " + width,
          Map.of("WIDTH", width, "FUNCTION", 0),
          Map.of("rows", 1),
          Map.of("out", buffer(width), "in", buffer(width)),
          List.of(
              new Expectation(
                  "out",
                  result -> {
                    byte found = result.get(ValueLayout.JAVA_BYTE, 0);
                    return found == expected
                        ? Optional.empty()
                        : Optional.of("the first byte is " + found + ", expected " + expected);
                  })));
    }

    private static Argument buffer(int width) {
      return new Argument.Buffer(Arena.ofAuto().allocate(width * 2L));
    }
  }
}
