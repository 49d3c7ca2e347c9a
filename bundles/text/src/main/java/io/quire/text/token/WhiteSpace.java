package io.quire.text.token;

/** White space as Unicode has it (property White_Space), which no method of Java's tests for. */
public final class WhiteSpace {
  private WhiteSpace() {}

  /**
   * Tests a character.
   *
   * @param c a UTF-16 unit; all white space is one unit
   * @return whether it is white space
   */
  public static boolean is(char c) {
    return c >= 0x09 && c <= 0x0D || c == 0x85 || Character.isSpaceChar(c);
  }

  /**
   * Removes white space at the ends of a text.
   *
   * @param text any text
   * @param left whether at the beginning
   * @param right whether at the end
   * @return the rest
   */
  public static String strip(String text, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && is(text.charAt(from))) {
      from++;
    }
    while (right && to > from && is(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }
}
