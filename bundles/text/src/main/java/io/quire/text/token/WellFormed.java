package io.quire.text.token;

/** Makes text well-formed. */
public final class WellFormed {
  private WellFormed() {}

  /**
   * Replaces lone surrogates, which no encoding of Unicode can carry.
   *
   * @param text any text
   * @return the text with U+FFFD in place of each lone surrogate
   */
  public static String text(String text) {
    int lone = nextLone(text, 0);
    if (lone == text.length()) {
      return text;
    }
    StringBuilder result = new StringBuilder(text);
    while (lone < text.length()) {
      result.setCharAt(lone, '\uFFFD');
      lone = nextLone(text, lone + 1);
    }
    return result.toString();
  }

  /**
   * Whether a text has lone surrogates.
   *
   * @param text any text
   * @return true if it has none
   */
  public static boolean is(String text) {
    return nextLone(text, 0) == text.length();
  }

  private static int nextLone(String text, int from) {
    int i = from;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        return i;
      }
      i += Character.charCount(point);
    }
    return i;
  }
}
