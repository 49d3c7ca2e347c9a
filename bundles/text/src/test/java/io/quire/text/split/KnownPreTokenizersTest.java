package io.quire.text.split;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.ModelFormatException;
import io.quire.text.token.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class KnownPreTokenizersTest {
  private static final List<String> KINDS =
      List.of(
          "a", "A", "aA", " ", "\n", " \n", "7", "!", "'", "'s", "\u4e2d", "\u0301", " a", "/\n");

  private static Stream<String> names() {
    return KnownPreTokenizers.names().stream();
  }

  private static List<String> words(String name, String text) {
    List<String> words = new ArrayList<>();
    KnownPreTokenizers.named(name)
        .preTokenizer()
        .split(text, Place.START, (word, place) -> words.add(word));
    return words;
  }

  /** A pattern that needs more than 256 steps for each character would be an error here. */
  @ParameterizedTest
  @MethodSource("names")
  void shouldLoseNothingAndTakeLinearTime(String name) {
    for (String kind : KINDS) {
      String text = kind.repeat(20_000) + "x" + kind;
      assertTrue(text.equals(String.join("", words(name, text))), name + " on " + kind);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gpt2; It's  12345 x\u00b2!!; It|'s| | 12345| x|\u00b2|!!",
        "smollm; a1 22; a|1| |2|2",
        "llama-bpe; I'LL go 12345  now!!; I|'LL| go| |123|45| | now|!!",
        "qwen2; say 123; say| |1|2|3",
        "gpt-4o; helloWorld'S ABCdef 1234/; hello|World'S| ABCdef| |123|4|/",
        "tekken; helloWorld 12; hello|World| |1|2",
        "falcon; a$b 12345; a|$|b| |123|45",
        "deepseek-coder; a 12, b; a| |1|2|,| b",
        "deepseek-v3; caf\u00e9 1234 .x; caf\u00e9| |123|4| .|x",
      })
  void shouldCutAsTheModelsMakersDo(String name, String text, String words) {
    assertEquals(words, String.join("|", words(name, text)));
  }

  @Test
  void shouldNameTheKnownOnesWhereOneIsUnknown() {
    String message =
        assertThrows(ModelFormatException.class, () -> KnownPreTokenizers.named("klingon"))
            .getMessage();
    assertTrue(message.contains("\"klingon\""), message);
    assertTrue(message.contains("llama-bpe") && message.contains("smollm"), message);
    assertTrue(KnownPreTokenizers.names().containsAll(Set.of("default", "gpt2", "qwen2")));
  }
}
