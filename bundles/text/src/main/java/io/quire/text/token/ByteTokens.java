package io.quire.text.token;

/** Tokens written {@code <0x41>} that stand for one byte. */
public final class ByteTokens {
  private ByteTokens() {}

  /**
   * The byte that a token's text names.
   *
   * @param token the text of a token
   * @return 0 to 255, or -1 if it does not name a byte
   */
  public static int value(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
