package io.quire.text.normalize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.text.Normalizer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class UnicodeFormTest {
  @Test
  void shouldNormalizeOrdinaryTextAsJavaDoes() {
    String text = "e\u0301 \u1100\u1161 \ufb01 a\u0323\u0307 \ud834\udd5e \u0344";
    for (Normalizer.Form form : Normalizer.Form.values()) {
      assertEquals(Normalizer.normalize(text, form), UnicodeForm.normalize(text, form));
    }
  }

  /** Sorting so many marks at once takes minutes. */
  @Test
  void shouldNormalizeEndlessMarksInBoundedTime() {
    String marks = "a" + "\u0301".repeat(1 << 19) + "\u0316".repeat(1 << 19);
    String alternating = "a" + "\u0301\u0316".repeat(1 << 19);
    Duration limit = Duration.ofSeconds(60);
    for (String text : new String[] {marks, alternating}) {
      String result =
          assertTimeoutPreemptively(limit, () -> UnicodeForm.normalize(text, Normalizer.Form.NFC));
      assertEquals(text.length() - 1, result.length());
    }
  }
}
