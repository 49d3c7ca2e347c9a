package io.quire.shell;

import java.util.Locale;

/** Numbers with their units, short, for people. */
final class Units {
  private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Units() {}

  /** {@return such as {@code 93.8 MiB}} */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 1024 && unit < BYTES.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, BYTES[unit]);
  }

  /** {@return such as {@code 12.5 ms}; a dash for what was never measured} */
  static String seconds(double seconds) {
    if (Double.isNaN(seconds)) {
      return "-";
    }
    if (seconds < 1) {
      return String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
    }
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }

  /** {@return a share of 0 to 1, such as {@code 12.5 %}} */
  static String percent(double share) {
    return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f %%", share * 100);
  }

  /**
   * Text that may come from a client or a model, safe for a terminal.
   *
   * @param text any text
   * @param lines whether line ends and tabs stay
   * @return the text with a question mark for each control character
   */
  static String printable(String text, boolean lines) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean kept = !Character.isISOControl(c) || (lines && (c == '\n' || c == '\t'));
      out.append(kept ? c : '?');
    }
    return out.toString();
  }
}
