package io.quire.text.stream;

/**
 * Turns bytes into text as they arrive. Bytes that are no UTF-8 become U+FFFD, one for each maximal
 * part of a character, as the Unicode standard recommends (section 3.9) and browsers do.
 */
final class Utf8Decoder {
  private static final char REPLACEMENT = '\uFFFD';

  private int missing;
  private int point;
  private int lowest = 0x80;
  private int highest = 0xBF;

  /**
   * Takes bytes.
   *
   * @param bytes an array
   * @param from first index
   * @param to last index, exclusive
   * @param out takes the characters that are complete
   */
  void append(byte[] bytes, int from, int to, StringBuilder out) {
    for (int i = from; i < to; i++) {
      int value = bytes[i] & 0xFF;
      if (missing == 0) {
        begin(value, out);
      } else if (value < lowest || value > highest) {
        finish(out);
        begin(value, out);
      } else {
        lowest = 0x80;
        highest = 0xBF;
        point = point << 6 | value & 0x3F;
        if (--missing == 0) {
          out.appendCodePoint(point);
        }
      }
    }
  }

  /**
   * Ends the text.
   *
   * @param out takes U+FFFD if a character is incomplete
   */
  void finish(StringBuilder out) {
    if (missing > 0) {
      out.append(REPLACEMENT);
      missing = 0;
    }
  }

  private void begin(int value, StringBuilder out) {
    lowest = 0x80;
    highest = 0xBF;
    if (value < 0x80) {
      out.append((char) value);
    } else if (value >= 0xC2 && value <= 0xDF) {
      start(1, value & 0x1F);
    } else if (value >= 0xE0 && value <= 0xEF) {
      start(2, value & 0x0F);
      lowest = value == 0xE0 ? 0xA0 : 0x80;
      highest = value == 0xED ? 0x9F : 0xBF;
    } else if (value >= 0xF0 && value <= 0xF4) {
      start(3, value & 0x07);
      lowest = value == 0xF0 ? 0x90 : 0x80;
      highest = value == 0xF4 ? 0x8F : 0xBF;
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void start(int bytesMissing, int bits) {
    missing = bytesMissing;
    point = bits;
  }
}
