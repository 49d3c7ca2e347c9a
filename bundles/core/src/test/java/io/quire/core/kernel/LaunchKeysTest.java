package io.quire.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.kernel.Expression;
import io.quire.api.kernel.Expression.Constant;
import io.quire.api.kernel.Expression.Name;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelHeader.Launch;
import io.quire.api.kernel.KernelHeader.Scratch;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchKeysTest {
  private static final Map<String, Long> NAMES =
      Map.of("A", 7L, "B", 2L, "ZERO", 0L, "BIG", Long.MAX_VALUE, "tokens", 100L, "rows", 3L);

  @Test
  void shouldReadHowKernelsAreLaunched() throws KernelHeaderException {
    KernelHeader header =
        parse(
            """
            * @tunable  CHUNK 64 128
            * @define   WG_SIZE 32 * SLAB_NARROW_LANES
            * @define   SPLITS ceil(CONTEXT, CHUNK)
            * @require  HEAD_DIM % 64 == 0
            * @require  WG_SIZE <= WORKGROUP_MAX
            * @scratch  partial seqs * SPLITS * 4
            * @scratch  tickets zero seqs * 4
            * @tensor   k_cache PAGE
            * @launch   split(out, q, k_cache, partial, tickets) \\
            *           groups seqs, SPLITS \\
            *           size WG_SIZE
            * @launch   join(out, partial) groups seqs size 32 when SPLITS > 1
            """);
    assertEquals(List.of("WG_SIZE", "SPLITS"), List.copyOf(header.defines().keySet()));
    assertEquals(2, header.requires().size());
    assertEquals(List.of(false, true), header.scratch().stream().map(Scratch::zeroed).toList());
    assertEquals(Map.of("k_cache", new Name("PAGE")), header.tensors());
    Launch split = header.launches().getFirst();
    assertEquals("split", split.entry());
    assertEquals(List.of("out", "q", "k_cache", "partial", "tickets"), split.arguments());
    assertEquals(List.of(new Name("seqs"), new Name("SPLITS"), new Constant(1)), split.groups());
    assertEquals(new Name("WG_SIZE"), split.size());
    assertEquals(new Constant(1), split.when());
    assertEquals(0, header.launches().getLast().when().evaluate(name -> 1));
    assertEquals(1, header.launches().getLast().when().evaluate(name -> 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1 + 2 * 3; 7",
        "(1 + 2) * 3; 9",
        "10 - 4 - 3; 3",
        "100 / 7 / 2; 7",
        "A % 4 * 2; 6",
        "0 - A / B; -3",
        "-A + 1; -6",
        "- - A; 7",
        "!A; 0",
        "!ZERO; 1",
        "!!A; 1",
        "1 < 2 == 2 > 1; 1",
        "3 > 2 > 1; 0",
        "A >= 7 && A <= 7 && A != 8; 1",
        "1 || ZERO && ZERO; 1",
        "(1 || ZERO) && ZERO; 0",
        "ZERO && 1 / ZERO; 0",
        "1 || 1 / ZERO; 1",
        "1 + 1 == 2; 1",
        "min(A, B) + max(A, B) * 10; 72",
        "ceil(A, B); 4",
        "pow2(A) + pow2(8) + pow2(ZERO); 17",
        "ceil(tokens * rows, min(16, A)); 43",
        "9223372036854775807; 9223372036854775807",
      })
  void shouldComputeAsInC(String text, long value) throws KernelHeaderException {
    Launch launch = parse("@launch k() groups " + text + " size 1").launches().getFirst();
    assertEquals(value, launch.groups().getFirst().evaluate(NAMES::get));
  }

  @Test
  void shouldLeaveOverflowAndZeroDivisionToTheEvaluation() throws KernelHeaderException {
    for (String text : List.of("BIG + 1", "BIG * 2", "A / ZERO", "A % ZERO", "ceil(A, ZERO)")) {
      Expression expression = parse("@require " + text).requires().getFirst();
      assertThrows(ArithmeticException.class, () -> expression.evaluate(NAMES::get), text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "@require; '@require' without a value",
        "@require 1 +; ends at character 4",
        "@require (1; ends at character 3",
        "@require 1); has ')' at character 2",
        "@require 1 2; has '2' at character 3",
        "@require 1 = 2; has '=' at character 3",
        "@require 1 & 2; has '&' at character 3",
        "@require 0x10; has '0x10' at character 1",
        "@require 1.5; has '.' at character 2",
        "@require 9223372036854775808; has '9223372036854775808'",
        "@require tokens > 1; has 'tokens'",
        "@require Tokens > 1; has 'Tokens'",
        "@require abs(1); has 'abs'",
        "@require F(1); has the function 'F'",
        "@require min(1); has ')'",
        "@require pow2(1, 2); has ','",
        "@require size > 1; has 'size'",
        "@define wg 1; has 'wg'",
        "@define WG; ends at character 3",
        "@define WG rows; has 'rows'",
        "@define CHUNK 1; has the name of a tunable",
        "@define A B; @define A uses B, not defined above",
        "@define A A + 1; @define A uses A, not defined above",
        "@scratch S 4; has 'S'",
        "@scratch s zero; ends",
        "@scratch unused 4; is no argument of a @launch",
        "@tensor unused 4; is no argument of a @launch",
        "@tensor k rows; has 'rows'",
        "@launch 1(a) groups 1 size 1; has '1'",
        "@launch k groups 1 size 1; has 'groups'",
        "@launch k(a b) groups 1 size 1; has 'b'",
        "@launch k(a,) groups 1 size 1; has ')'",
        "@launch k(A) groups 1 size 1; has 'A'",
        "@launch k(a) size 1; has 'size'",
        "@launch k(a) groups 1; ends",
        "@launch k(a) groups 1, 2, 3, 4 size 1; has ','",
        "@launch k(a) groups 1 size rows; has 'rows'",
        "@launch k(a) groups 1 size 1 when; ends",
        "@launch k(a) groups 1 size 1 if 1; has 'if'",
        "@launch k(a) groups 1 \\ size 1; has '\\'",
        "@require 1 \\; has '@'",
      })
  void shouldSayWhatIsWrong(String text, String found) {
    KernelHeaderException e = refused(text + "\n@tunable CHUNK 1 2\n@define B 1");
    assertEquals(6, e.line(), e.getMessage());
    assertTrue(e.getMessage().contains(found), e.getMessage());
    assertTrue(e.getMessage().contains("; allowed: "), e.getMessage());
  }

  @Test
  void shouldBoundDepthLengthAndCounts() throws KernelHeaderException {
    assertEquals(1, parse("@require " + nested(31)).requires().size());
    assertTrue(refused("@require " + nested(32)).getMessage().contains("at most 32"));
    assertTrue(refused("@require " + "!".repeat(4000) + "1").getMessage().contains("at most 32"));
    assertEquals(1, parse("@require 1" + "+1".repeat(127)).requires().size());
    assertTrue(refused("@require 1" + "+1".repeat(128)).getMessage().contains("at most 256"));
    assertTrue(refused("@require 1" + " ".repeat(5000) + "+1").getMessage().contains("4096"));
    assertTrue(refused("@require " + "A".repeat(65)).getMessage().contains("at most 64"));
    assertTrue(refused(times(65, "@define D%d 1")).getMessage().contains("at most 64"));
    assertTrue(refused(times(33, "@require 1 + %d")).getMessage().contains("at most 32"));
    assertTrue(refused(times(17, "@scratch s%d 1")).getMessage().contains("at most 16"));
    assertTrue(refused(times(17, "@tensor t%d 1")).getMessage().contains("at most 16"));
    assertTrue(
        refused(times(17, "@launch k%d() groups 1 size 1")).getMessage().contains("at most 16"));
    String arguments =
        IntStream.range(0, 65).mapToObj(i -> "a" + i).collect(Collectors.joining(", "));
    assertTrue(
        refused("@launch k(" + arguments + ") groups 1 size 1")
            .getMessage()
            .contains("at most 64"));
    for (String twice : List.of("@define D 1", "@scratch s 1", "@tensor t 1")) {
      assertTrue(refused(times(2, twice)).getMessage().contains("again, after line 6"), twice);
    }
  }

  @Test
  void shouldContinueKeysAloneBehindABackslash() throws KernelHeaderException {
    KernelHeader header =
        parse(" * free \\\n * text\n * @require 1 + \\\n *\t 2 \\\n * + 3\n * end");
    assertEquals("free \\\ntext\nend", header.text());
    assertEquals(6, header.requires().getFirst().evaluate(NAMES::get));
    assertEquals(7, refused("\n@require 1 + \\\n* 2 + \\\n* )").line());
  }

  private static String nested(int depth) {
    return "(".repeat(depth) + "1" + ")".repeat(depth);
  }

  private static String times(int count, String line) {
    return IntStream.range(0, count)
        .mapToObj(i -> String.format(Locale.ROOT, line, i))
        .collect(Collectors.joining("\n"));
  }

  private static KernelHeader parse(String keys) throws KernelHeaderException {
    return KernelHeaderParser.parse(
        "/*\n@op a\n@name n\n@dialect 1.0\n@dtype bf16\n" + keys + "\n*/");
  }

  private static KernelHeaderException refused(String keys) {
    return assertThrows(KernelHeaderException.class, () -> parse(keys));
  }
}
