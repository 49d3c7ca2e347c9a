package io.quire.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.text.Tokenizer;
import io.quire.testkit.Seed;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Long texts of one kind; quadratic work on them would take hours, so the limit is generous. */
@ExtendWith(Seed.class)
class HostileTextTest {
  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final int LENGTH = 1 << 20;

  private static Stream<String> patterns() {
    return Stream.of(
        "a",
        "A",
        "ab",
        " ",
        "\n",
        " \n",
        "\t ",
        "7",
        "!",
        "'",
        "\u4e2d",
        "\ud83d\ude00",
        "\u0301",
        "\u0316\u0301",
        "<",
        "<|im_start|",
        "<|im_end|>",
        "<unused",
        "<b",
        "\u2581",
        "a ",
        "\ud800");
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void shouldEncodeAMebibyteOfOneKind(String pattern) {
    String text = pattern.repeat(LENGTH / pattern.length());
    for (Tokenizer tokenizer : List.of(RealTokenizers.smollm2(), RealTokenizers.gemma3())) {
      int[] ids = assertTimeoutPreemptively(LIMIT, () -> tokenizer.encode(text, false, true));
      String expected = text.replace('\ud800', pattern.length() == 1 ? '\ufffd' : '\ud800');
      expected = pattern.equals("\ud83d\ude00") ? text : expected;
      String decoded = tokenizer.decode(ids, false);
      String spaced =
          tokenizer == RealTokenizers.gemma3() ? expected.replace('\u2581', ' ') : expected;
      assertTrue(spaced.equals(decoded), "decoded differs for " + pattern);
    }
  }

  @Test
  void shouldGiveBackEveryRandomText(RandomGenerator random) {
    for (int round = 0; round < 3000; round++) {
      String text = RandomTexts.any(random, 40);
      boolean parse = random.nextBoolean();
      Tokenizer bytes = RealTokenizers.smollm2();
      assertEquals(text, bytes.decode(bytes.encode(text, false, parse), false));
      Tokenizer pieces = RealTokenizers.gemma3();
      assertEquals(
          text.replace('\u2581', ' '), pieces.decode(pieces.encode(text, false, parse), false));
    }
  }

  @Test
  void shouldReplaceLoneSurrogates() {
    for (Tokenizer tokenizer : List.of(RealTokenizers.smollm2(), RealTokenizers.gemma3())) {
      int[] ids = tokenizer.encode("a\ud83db\ude00c\ud83d", false, false);
      assertEquals("a\ufffdb\ufffdc\ufffd", tokenizer.decode(ids, false));
    }
  }
}
