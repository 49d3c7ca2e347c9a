package io.quire.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.kernel.KernelHeader;
import io.quire.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelHeaderParserTest {
  private static final String FULL =
      """

      /* @op       attention.decode
       * @name     paged_decode
       * @dialect  1.0
       * @dtype    bf16, f16
       * @device   (&(vendor=acme)(memory>=1000))
       * @ranking  -5
       * @tunable  BLOCK_N 64 128 256
       * @tunable  STAGES 2
       *
       * out[S,Hq,D] = softmax(q.K^T * scale).V
       *   mail a@b.c
       */
      KERNEL(paged_decode)() { /* @op other */ }
      """;

  @Test
  void shouldReadEveryKey() throws KernelHeaderException {
    KernelHeader header = KernelHeaderParser.parse(FULL);
    assertEquals("attention.decode", header.op());
    assertEquals("paged_decode", header.name());
    assertEquals("1.0", header.dialect());
    assertEquals(List.of("bf16", "f16"), header.dtypes());
    assertEquals("(&(vendor=acme)(memory>=1000))", header.filter());
    assertEquals(-5, header.ranking());
    assertEquals(Map.of("BLOCK_N", List.of(64, 128, 256), "STAGES", List.of(2)), header.tunables());
    assertEquals("out[S,Hq,D] = softmax(q.K^T * scale).V\n  mail a@b.c", header.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\r"})
  void shouldReadOtherLineEnds(String end) throws KernelHeaderException {
    assertEquals(KernelHeaderParser.parse(FULL), KernelHeaderParser.parse(FULL.replace("\n", end)));
  }

  @Test
  void shouldFillInDefaultsAndDoWithoutAsterisks() throws KernelHeaderException {
    KernelHeader header =
        KernelHeaderParser.parse("/** @op norm\n@name n\n\t@dialect\t1.12\n  @dtype f32 */");
    assertEquals(
        new KernelHeader(
            "norm",
            "n",
            "1.12",
            List.of("f32"),
            "",
            0,
            Map.of(),
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            Map.of(),
            ""),
        header);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | @op Attention      | @op is 'Attention'",
        "2 | @op a..b           | @op is 'a..b'",
        "2 | @op a.             | @op is 'a.'",
        "2 | @op a b            | @op is 'a b'",
        "3 | @name ../../etc    | @name is '../../etc'",
        "3 | @name              | '@name' without a value",
        "4 | @dialect 1         | @dialect is '1'",
        "4 | @dialect v1.0      | @dialect is 'v1.0'",
        "5 | @dtype BF16        | @dtype is 'BF16'",
        "5 | @dtype bf16,       | @dtype is ''",
        "5 | @dtype bf16, bf16  | @dtype has 'bf16' after 1 others",
        "6 | @device vendor=x   | @device is 'vendor=x'",
        "6 | @device (vendor=x  | @device is '(vendor=x'",
        "6 | @device            | '@device' without a value",
        "6 | @ranking high      | @ranking has 'high'",
        "6 | @ranking 2147483648 | @ranking has '2147483648'",
        "6 | @ranking 1 2       | @ranking has '1 2'",
        "6 | @tunable BLOCK     | @tunable BLOCK with 0 candidates",
        "6 | @tunable block 1   | @tunable is 'block'",
        "6 | @tunable B 1 x     | @tunable B has 'x'",
        "6 | @tunable B 1 2 1   | @tunable B has 1 twice",
        "6 | @author me         | the key '@author'",
        "6 | @                  | '@' without a value",
        "6 | @op again          | @op again, after line 2",
        "6 | @name again        | @name again, after line 3",
      })
  void shouldNameTheLineAndWhatIsAllowed(int line, String text, String found) {
    KernelHeaderException e = refused(withLine(line, text));
    assertEquals(line, e.line());
    assertTrue(e.getMessage().startsWith("line " + line + ": " + found), e.getMessage());
    assertTrue(e.getMessage().contains("; allowed: "), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"@op", "@name", "@dialect", "@dtype"})
  void shouldRequireTheKeysWithoutDefault(String key) {
    String text = withLine(6, "").replace(key, "none");
    assertTrue(refused(text).getMessage().contains("a header without " + key));
  }

  @Test
  void shouldRefuseTextsWithoutAHeader() {
    assertTrue(refused("").getMessage().contains("the text begins with ''"));
    assertEquals(3, refused("\n\n// @op a\n").line());
    assertTrue(refused("int x; /* @op a */").getMessage().contains("'int x; /* @op a '"));
    assertTrue(refused("/* @op a").getMessage().contains("a comment without end"));
    assertTrue(refused("/*/").getMessage().contains("a comment without end"));
    assertTrue(refused("\uFEFF/* @op a */").getMessage().contains("the text begins with"));
  }

  @Test
  void shouldBoundSizesAndCounts() {
    assertTrue(refused("x".repeat((1 << 20) + 1)).getMessage().contains("at most 1048576"));
    assertTrue(refused("/*" + "x".repeat(70_000)).getMessage().contains("at most 65536"));
    assertTrue(refused("/*" + "\n".repeat(1000) + "*/").getMessage().contains("1001 lines"));
    String numbers =
        IntStream.range(0, 65).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    assertTrue(refused(withLine(6, "@tunable B " + numbers)).getMessage().contains("65 candid"));
    String tunables =
        IntStream.range(0, 33)
            .mapToObj(i -> "@tunable T" + i + " 1")
            .collect(Collectors.joining("\n"));
    assertTrue(refused(withLine(6, tunables)).getMessage().contains("after 32 tunables"));
    assertTrue(
        refused(withLine(6, "@tunable A 1\n@tunable A 2")).getMessage().contains("each name once"));
    assertTrue(refused(withLine(2, "@op " + "a".repeat(65))).getMessage().contains("64 char"));
    String dtypes = IntStream.range(0, 33).mapToObj(i -> "t" + i).collect(Collectors.joining(","));
    assertTrue(refused(withLine(5, "@dtype " + dtypes)).getMessage().contains("at most 32"));
  }

  @Test
  void shouldRefuseDeepFiltersBeforeTheyAreParsed() {
    String deep = "(!".repeat(10_000) + "(a=b)" + ")".repeat(10_000);
    assertTrue(refused(withLine(6, "@device " + deep)).getMessage().contains("at most 1024"));
    String allowed = "(!".repeat(330) + "(a=b)" + ")".repeat(330);
    assertTrue(accepted(withLine(6, "@device " + allowed)));
  }

  @Test
  void shouldKeepControlCharactersOutOfMessages() {
    String message = refused(withLine(6, "@evil\u202e key")).getMessage();
    assertTrue(message.contains("'@evil?'"), message);
    assertEquals(6, refused(withLine(6, "plain \u001b[2J text")).line());
    assertFalse(refused("\u001b[2J").getMessage().contains("\u001b"));
  }

  @Test
  @ExtendWith(Seed.class)
  void shouldEndInAHeaderOrAnErrorForAnyText(RandomGenerator random) {
    String alphabet = "/*@ \n\r\tabopTN01.,()=&|!\u0000\u00e9";
    int accepted = 0;
    for (int i = 0; i < 5_000; i++) {
      StringBuilder text = new StringBuilder(withLine(6, "@ranking 1"));
      int edits = random.nextInt(1, 6);
      for (int e = 0; e < edits; e++) {
        text.setCharAt(
            random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
      }
      accepted += accepted(text.toString()) ? 1 : 0;
    }
    assertTrue(accepted > 0 && accepted < 5_000, accepted + " of 5000 accepted");
  }

  @Test
  void shouldReadFilesAsStrictUtf8OfBoundedSize() throws Exception {
    byte[] good = withLine(6, "caf\u00e9").getBytes(StandardCharsets.UTF_8);
    KernelFile file = KernelFile.read(new ByteArrayInputStream(good), "here");
    assertEquals("caf\u00e9", file.header().text());
    assertEquals("here", file.origin());
    byte[] latin = withLine(6, "caf\u00e9").getBytes(StandardCharsets.ISO_8859_1);
    assertThrows(IOException.class, () -> KernelFile.read(new ByteArrayInputStream(latin), "here"));
    byte[] large = new byte[(1 << 20) + 1];
    IOException e =
        assertThrows(
            IOException.class, () -> KernelFile.read(new ByteArrayInputStream(large), "here"));
    assertTrue(e.getMessage().contains("1048576"), e.getMessage());
  }

  private static String withLine(int number, String text) {
    List<String> lines =
        new ArrayList<>(List.of("/*", "@op a", "@name n", "@dialect 1.0", "@dtype bf16", "", "*/"));
    lines.set(number - 1, text);
    return String.join("\n", lines);
  }

  private static KernelHeaderException refused(String text) {
    return assertThrows(KernelHeaderException.class, () -> KernelHeaderParser.parse(text));
  }

  private static boolean accepted(String text) {
    try {
      return KernelHeaderParser.parse(text).op().length() > 0;
    } catch (KernelHeaderException e) {
      assertTrue(e.line() >= 1, e.getMessage());
      return false;
    }
  }
}
