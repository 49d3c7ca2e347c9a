package io.quire.text.token;

import java.util.Arrays;
import java.util.Optional;

/**
 * The 256 characters by which byte-level vocabularies write bytes: printable Latin-1 characters
 * stand for themselves, the other 68 bytes for U+0100 onwards, in order. From GPT-2.
 */
public final class ByteAlphabet {
  private static final char[] CHARACTERS = characters();
  private static final short[] BYTES = bytes();

  private ByteAlphabet() {}

  /**
   * The character for a byte.
   *
   * @param value 0 to 255
   * @return its character
   */
  public static char character(int value) {
    return CHARACTERS[value];
  }

  /**
   * Turns characters of the alphabet back into bytes.
   *
   * @param token the text of a token
   * @return its bytes, or empty if a character is not of the alphabet
   */
  public static Optional<byte[]> decode(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return Optional.empty();
      }
      bytes[i] = (byte) BYTES[c];
    }
    return Optional.of(bytes);
  }

  private static char[] characters() {
    char[] characters = new char[256];
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = b >= 0x21 && b <= 0x7E || b >= 0xA1 && b != 0xAD;
      characters[b] = printable ? (char) b : next++;
    }
    return characters;
  }

  private static short[] bytes() {
    short[] bytes = new short[0x100 + 68];
    Arrays.fill(bytes, (short) -1);
    for (int b = 0; b < 256; b++) {
      bytes[CHARACTERS[b]] = (short) b;
    }
    return bytes;
  }
}
