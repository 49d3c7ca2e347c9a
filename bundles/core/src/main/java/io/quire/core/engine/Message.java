package io.quire.core.engine;

import java.util.Locale;

/** Texts of errors: numbers look the same wherever the machine stands. */
final class Message {
  private Message() {}

  static String of(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
