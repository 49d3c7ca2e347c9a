package io.quire.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import io.quire.testkit.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class TextStreamTest {
  private static final List<Tokenizer> REAL =
      List.of(RealTokenizers.smollm2(), RealTokenizers.gemma3());

  @Test
  void shouldJoinToTheDecodingOfAnyTokens(RandomGenerator random) {
    for (int round = 0; round < 2000; round++) {
      Tokenizer tokenizer = REAL.get(round & 1);
      int[] ids = randomIds(tokenizer, random, 24);
      boolean skip = random.nextBoolean();
      TextStream stream = tokenizer.stream(new StreamOptions(skip, List.of(), false));
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        String delta = stream.append(id);
        assertWhole(delta);
        text.append(delta);
      }
      text.append(stream.finish());
      assertEquals(tokenizer.decode(ids, skip), text.toString(), Arrays.toString(ids));
    }
  }

  @Test
  void shouldStreamTextThatIsSplitAtEveryPlace(RandomGenerator random) {
    for (int round = 0; round < 1000; round++) {
      Tokenizer tokenizer = REAL.get(round & 1);
      String text = RandomTexts.any(random, 30);
      int split = random.nextInt(text.length() + 1);
      int[] left = tokenizer.encode(text.substring(0, split), false, false);
      int[] right = tokenizer.encode(text.substring(split), false, false);
      TextStream stream = tokenizer.stream(new StreamOptions(false, List.of(), false));
      StringBuilder result = new StringBuilder();
      int[] all = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, all, left.length, right.length);
      for (int id : all) {
        result.append(stream.append(id));
      }
      result.append(stream.finish());
      assertEquals(tokenizer.decode(all, false), result.toString());
    }
  }

  @Test
  void shouldCutAtTheStopStringThatBeginsFirst(RandomGenerator random) {
    int stoppedCount = 0;
    for (int round = 0; round < 4000; round++) {
      Tokenizer tokenizer = REAL.get(round & 1);
      int[] ids = tokenizer.encode(RandomTexts.small(random, 30), false, false);
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        stops.add(RandomTexts.small(random, 5));
      }
      stops.removeIf(String::isEmpty);
      boolean include = random.nextBoolean();
      TextStream stream = tokenizer.stream(new StreamOptions(true, stops, include));
      StringBuilder result = new StringBuilder();
      int fed = 0;
      while (fed < ids.length && stream.stopped().isEmpty()) {
        result.append(stream.append(ids[fed++]));
        String so = tokenizer.decode(Arrays.copyOf(ids, fed), true);
        assertHeldBack(so, result.toString(), stops, stream.stopped());
      }
      result.append(stream.finish());
      String decoded = tokenizer.decode(Arrays.copyOf(ids, fed), true);
      assertEquals(cut(decoded, stops, include), result.toString(), decoded + " " + stops);
      assertEquals(
          stream.stopped().isPresent(),
          cut(decoded, stops, false).length() < decoded.length()
              || stops.stream().anyMatch(decoded::endsWith));
      stoppedCount += stream.stopped().isPresent() ? 1 : 0;
    }
    assertTrue(stoppedCount > 500 && stoppedCount < 3900, "stopped: " + stoppedCount);
  }

  /** What is not yet emitted is exactly the longest end of the text that begins a stop string. */
  private static void assertHeldBack(
      String decoded, String emitted, List<String> stops, Optional<String> stopped) {
    if (stopped.isPresent() || decoded.endsWith("\uFFFD")) {
      return;
    }
    int longest = 0;
    for (String stop : stops) {
      for (int length = 1; length < stop.length(); length++) {
        if (decoded.endsWith(stop.substring(0, length))) {
          longest = Math.max(longest, length);
        }
      }
    }
    assertEquals(decoded.substring(0, decoded.length() - longest), emitted);
  }

  private static String cut(String text, List<String> stops, boolean include) {
    int first = text.length();
    String found = "";
    for (String stop : stops) {
      int at = text.indexOf(stop);
      boolean better = at >= 0 && (at < first || at == first && stop.length() < found.length());
      if (better) {
        first = at;
        found = stop;
      }
    }
    return text.substring(0, first) + (include ? found : "");
  }

  @Test
  void shouldFindAStopStringThatEndsTheText() {
    Tokenizer tokenizer = RealTokenizers.smollm2();
    TextStream stream = tokenizer.stream(new StreamOptions(true, List.of("\uFFFD"), false));
    int lead = tokenizer.encode("\u00e9", false, false)[0];
    List<Integer> bytes = new ArrayList<>();
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      if (Arrays.equals(tokenizer.bytes(id), new byte[] {(byte) 0xE2})) {
        bytes.add(id);
      }
    }
    assertTrue(lead >= 0 && bytes.size() == 1);
    assertEquals("", stream.append(bytes.getFirst()));
    assertEquals("", stream.finish());
    assertEquals(Optional.of("\uFFFD"), stream.stopped());
  }

  @Test
  void shouldRefuseTokensAfterTheEnd() {
    Tokenizer tokenizer = RealTokenizers.smollm2();
    int[] ids = tokenizer.encode("stop here", false, false);
    TextStream stopped = tokenizer.stream(new StreamOptions(true, List.of("stop"), false));
    assertEquals("", stopped.append(ids[0]));
    assertEquals(Optional.of("stop"), stopped.stopped());
    assertThrows(IllegalStateException.class, () -> stopped.append(ids[0]));
    assertEquals("", stopped.finish());
    TextStream finished = tokenizer.stream(new StreamOptions(true, List.of(), false));
    assertEquals("", finished.finish());
    assertThrows(IllegalStateException.class, () -> finished.append(ids[0]));
  }

  @Test
  void shouldRefuseIdsOutsideTheVocabularyAndGoOn() {
    Tokenizer tokenizer = RealTokenizers.smollm2();
    TextStream stream = tokenizer.stream(new StreamOptions(true, List.of(), false));
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> stream.append(49152));
    assertEquals(
        "token id 49152 is outside the vocabulary of 49152 tokens (0 to 49151)",
        error.getMessage());
    assertEquals("a", stream.append(tokenizer.encode("a", false, false)[0]));
  }

  private static int[] randomIds(Tokenizer tokenizer, RandomGenerator random, int most) {
    int[] ids = new int[random.nextInt(most)];
    for (int i = 0; i < ids.length; i++) {
      // The first 500 ids of both vocabularies hold the control tokens and the bytes.
      ids[i] = random.nextInt(random.nextBoolean() ? 500 : tokenizer.vocabularySize());
    }
    return ids;
  }

  private static void assertWhole(String delta) {
    boolean broken =
        !delta.isEmpty()
            && (Character.isLowSurrogate(delta.charAt(0))
                || Character.isHighSurrogate(delta.charAt(delta.length() - 1)));
    assertFalse(broken, delta);
  }
}
