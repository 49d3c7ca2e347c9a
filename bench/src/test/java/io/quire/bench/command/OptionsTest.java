package io.quire.bench.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static final List<Option> KNOWN =
      List.of(
          Option.of("count", "N", "7", "how many"),
          Option.of("rate", "R", "inf", "how fast"),
          Option.of("parts", "P,P", "50,99", "which").orAs("pieces"),
          Option.flag("loud", "whether"));

  @Test
  void shouldFillInDefaults() {
    Options options = parse();
    assertEquals(7, options.integer("count", 1, 10));
    assertEquals(Double.POSITIVE_INFINITY, options.number("rate", 0, Double.POSITIVE_INFINITY));
    assertArrayEquals(new double[] {50, 99}, options.numbers("parts", 0, 100));
    assertFalse(options.has("loud"));
    assertFalse(options.has("count"));
  }

  @Test
  void shouldReadBothFormsAndFlagsAndAliases() {
    Options options = parse("--count", "3", "--rate=2.5", "--loud", "--pieces=25, 75");
    assertEquals(3, options.integer("count", 1, 10));
    assertEquals(2.5, options.number("rate", 0, 10));
    assertArrayEquals(new double[] {25, 75}, options.numbers("parts", 0, 100));
    assertTrue(options.has("loud"));
  }

  @Test
  void shouldRefuseWhatItDoesNotKnow() {
    assertMessage("there is no option --speed; see --help", () -> parse("--speed", "3"));
    assertMessage("fast is not an option; see --help", () -> parse("fast"));
    assertMessage("option --count needs a value: N", () -> parse("--count"));
    assertMessage("option --count is given twice", () -> parse("--count=1", "--count=2"));
    assertMessage("option --pieces is given twice", () -> parse("--parts=1", "--pieces=2"));
    assertMessage("option --loud takes no value, but has no", () -> parse("--loud=no"));
  }

  @Test
  void shouldRefuseValuesOutOfRange() {
    assertMessage(
        "--count 11 is not a whole number from 1 to 10",
        () -> parse("--count", "11").integer("count", 1, 10));
    assertMessage(
        "--count two is not a whole number from 1 to 10",
        () -> parse("--count", "two").integer("count", 1, 10));
    assertMessage(
        "--rate NaN is not a number from 0.0 to 9.0",
        () -> parse("--rate", "NaN").number("rate", 0, 9));
    assertMessage(
        "--parts 101 is not a number from 0.0 to 100.0",
        () -> parse("--parts", "1,101").numbers("parts", 0, 100));
    assertMessage(
        "--rate b is none of [a, c]", () -> parse("--rate", "b").word("rate", List.of("a", "c")));
  }

  private static Options parse(String... arguments) {
    return Options.parse(KNOWN, List.of(arguments));
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(UsageException.class, action::run).getMessage());
  }
}
