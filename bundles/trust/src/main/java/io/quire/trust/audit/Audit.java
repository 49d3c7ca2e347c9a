package io.quire.trust.audit;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Writes lines of {@code key=value} to the logger {@code quire.audit}. Whatever a value holds, a
 * line stays one line: values with anything but plain characters are quoted, and controls, quotes
 * and backslashes in them are escaped as in Java.
 */
public final class Audit {
  /** The logger's name. */
  public static final String LOGGER = "quire.audit";

  private static final List<String> ORDER =
      List.of("name", "version", "origin", "sha256", "signer", "reason");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:/@+~,-]+");

  private final System.Logger logger = System.getLogger(LOGGER);

  /** Writes to the logger. */
  public Audit() {}

  /**
   * Writes a line.
   *
   * @param event {@code arrived}, {@code updated}, {@code left} or {@code refused}
   * @param kind what it is about, such as {@code bundle}
   * @param fields further keys and values; empty values are left out
   */
  public void line(String event, String kind, Map<String, String> fields) {
    logger.log(System.Logger.Level.INFO, () -> text(event, kind, fields));
  }

  static String text(String event, String kind, Map<String, String> fields) {
    StringBuilder line = new StringBuilder("event=").append(event).append(" kind=").append(kind);
    ORDER.forEach(key -> append(line, key, fields.getOrDefault(key, "")));
    for (String key : new TreeSet<>(fields.keySet())) {
      if (!ORDER.contains(key)) {
        append(line, key, fields.get(key));
      }
    }
    return line.toString();
  }

  private static void append(StringBuilder line, String key, String value) {
    if (value.isEmpty()) {
      return;
    }
    line.append(' ').append(key).append('=');
    if (PLAIN.matcher(value).matches()) {
      line.append(value);
      return;
    }
    line.append('"');
    value.codePoints().forEach(c -> escape(line, c));
    line.append('"');
  }

  private static void escape(StringBuilder line, int c) {
    if (c == '"' || c == '\\') {
      line.append('\\').appendCodePoint(c);
    } else if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
      line.append(String.format(Locale.ROOT, "\\u%04x", c));
    } else {
      line.appendCodePoint(c);
    }
  }
}
