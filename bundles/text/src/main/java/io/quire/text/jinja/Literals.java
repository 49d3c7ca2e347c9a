package io.quire.text.jinja;

import java.util.Locale;

/** Values of the literals in a template. */
final class Literals {
  private Literals() {}

  /** The digits of an integer literal, with an optional prefix 0b, 0o or 0x and underscores. */
  static long integer(String digits) {
    String plain = digits.replace("_", "").toLowerCase(Locale.ROOT);
    int radix =
        plain.startsWith("0x") ? 16 : plain.startsWith("0o") ? 8 : plain.startsWith("0b") ? 2 : 10;
    try {
      return Long.parseLong(radix == 10 ? plain : plain.substring(2), radix);
    } catch (NumberFormatException e) {
      throw new Fault("the integer " + digits + " does not fit into 64 bits");
    }
  }

  /** Resolves the escapes of a Python string literal. */
  static String string(String body) {
    String ascii = ascii(body);
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < ascii.length()) {
      char c = ascii.charAt(at++);
      if (c != '\\') {
        out.append(c);
      } else if (at == ascii.length()) {
        throw new Fault("a string ends with a backslash");
      } else {
        at = escape(ascii, at, out);
      }
    }
    return out.toString();
  }

  /**
   * Jinja escapes what is not ASCII before it resolves escapes, which shows where a backslash
   * stands before such a character.
   */
  private static String ascii(String body) {
    StringBuilder out = new StringBuilder();
    body.codePoints()
        .forEach(c -> {
          if (c < 0x80) {
            out.append((char) c);
          } else {
            String hex = Integer.toHexString(c);
            int width = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
            out.append(c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U");
            out.append("0".repeat(width - hex.length())).append(hex);
          }
        });
    return out.toString();
  }

  private static int escape(String text, int at, StringBuilder out) {
    char c = text.charAt(at);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> out.append(c);
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'v' -> out.append('\u000b');
      case 'x' -> {
        return hex(text, at + 1, 2, out);
      }
      case 'u' -> {
        return hex(text, at + 1, 4, out);
      }
      case 'U' -> {
        return hex(text, at + 1, 8, out);
      }
      case 'N' -> {
        return named(text, at + 1, out);
      }
      default -> {
        if (c >= '0' && c <= '7') {
          return octal(text, at, out);
        }
        out.append('\\').append(c);
      }
    }
    return at + 1;
  }

  private static int hex(String text, int at, int count, StringBuilder out) {
    long value = 0;
    for (int i = at; i < at + count; i++) {
      int digit = i < text.length() ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        throw new Fault("a truncated \\x, \\u or \\U escape in a string");
      }
      value = value * 16 + digit;
    }
    if (value > Character.MAX_CODE_POINT) {
      throw new Fault("an escape for an illegal Unicode character");
    }
    out.appendCodePoint((int) value);
    return at + count;
  }

  private static int octal(String text, int at, StringBuilder out) {
    int value = 0;
    int i = at;
    while (i < text.length() && i < at + 3 && text.charAt(i) >= '0' && text.charAt(i) <= '7') {
      value = value * 8 + text.charAt(i++) - '0';
    }
    out.append((char) value);
    return i;
  }

  private static int named(String text, int at, StringBuilder out) {
    int end = text.indexOf('}', at);
    if (at >= text.length() || text.charAt(at) != '{' || end < 0) {
      throw new Fault("a malformed \\N character escape in a string");
    }
    try {
      out.appendCodePoint(Character.codePointOf(text.substring(at + 1, end)));
    } catch (IllegalArgumentException e) {
      throw new Fault("an unknown Unicode character name in a string");
    }
    return end + 1;
  }
}
