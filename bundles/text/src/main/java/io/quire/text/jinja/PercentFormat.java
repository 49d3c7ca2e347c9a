package io.quire.text.jinja;

import java.util.List;
import java.util.Map;

/** Python's {@code "..." % values}. */
final class PercentFormat {
  private final String format;
  private final Object values;
  private final Runtime runtime;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int used;

  private PercentFormat(String format, Object values, Runtime runtime) {
    this.format = format;
    this.values = values;
    this.runtime = runtime;
  }

  static String format(String format, Object values, Runtime runtime) {
    runtime.budget().text(format.length());
    PercentFormat result = new PercentFormat(format, values, runtime);
    result.run();
    return result.out.toString();
  }

  private void run() {
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c == '%') {
        String part = conversion();
        runtime.budget().text(part.length());
        Chars.checkLength((long) out.length() + part.length());
        out.append(part);
      } else {
        out.append(c);
      }
    }
    boolean left =
        values instanceof Tuple tuple
            ? used < tuple.size()
            : used == 0 && !(values instanceof Map) && !isSubscriptable(values);
    if (left) {
      throw Fault.type("not all arguments converted during string formatting");
    }
  }

  /** Python takes what has elements for a mapping here, of which nothing need be used. */
  private static boolean isSubscriptable(Object values) {
    return values instanceof Undefined || values instanceof List;
  }

  private char current() {
    if (at >= format.length()) {
      throw Fault.value("incomplete format");
    }
    return format.charAt(at);
  }

  private String conversion() {
    Object named = null;
    if (current() == '(') {
      named = byName();
    }
    String flags = "";
    while ("-+ #0".indexOf(current()) >= 0) {
      flags += flags.indexOf(current()) < 0 ? String.valueOf(current()) : "";
      at++;
    }
    int width = count();
    if (width < 0 && width != Integer.MIN_VALUE) {
      flags += "-";
    }
    int precision = -1;
    if (current() == '.') {
      at++;
      int given = count();
      precision = given == Integer.MIN_VALUE ? 0 : Math.max(0, given);
    }
    while ("hlL".indexOf(current()) >= 0) {
      at++;
    }
    char type = format.charAt(at++);
    if (type == '%') {
      return "%";
    }
    Object value = named == null ? next() : named;
    int columns = width == Integer.MIN_VALUE ? 0 : Math.abs(width);
    return convert(value, flags, columns, precision, type);
  }

  private Object byName() {
    int end = format.indexOf(')', at);
    if (end < 0) {
      throw Fault.value("incomplete format key");
    }
    String name = format.substring(at + 1, end);
    at = end + 1;
    if (!(values instanceof Map<?, ?> map)) {
      throw Fault.type("format requires a mapping");
    }
    Object value = map.get(name);
    if (value == null) {
      throw new Fault("key error: " + PythonText.quote(name));
    }
    used = 1;
    return value;
  }

  /** A width or precision, or the smallest number if none is given. */
  private int count() {
    if (current() == '*') {
      at++;
      long count = Values.index(next());
      return (int) checked(count);
    }
    if (!Character.isDigit(current())) {
      return Integer.MIN_VALUE;
    }
    long count = 0;
    while (Character.isDigit(current())) {
      count = checked(count * 10 + Character.digit(current(), 10));
      at++;
    }
    return (int) count;
  }

  private static long checked(long count) {
    if (Math.abs(count) > Limits.WIDTH) {
      throw Fault.value("a width or precision above " + Limits.WIDTH + " in a format");
    }
    return count;
  }

  private Object next() {
    if (values instanceof Tuple tuple) {
      if (used >= tuple.size()) {
        throw Fault.type("not enough arguments for format string");
      }
      return tuple.get(used++);
    }
    if (used > 0) {
      throw Fault.type("not enough arguments for format string");
    }
    used = 1;
    return values;
  }

  private String convert(Object value, String flags, int width, int precision, char type) {
    boolean left = flags.contains("-");
    boolean number = "diueEfFgGxXo".indexOf(type) >= 0;
    char align = left ? '<' : flags.contains("0") && number ? '=' : '>';
    char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-';
    int fill = align == '=' ? '0' : ' ';
    boolean alternate = flags.contains("#");
    Budget budget = runtime.budget();
    FormatSpec text =
        new FormatSpec(' ', left ? '<' : '>', sign, false, width, (char) 0, precision, 's');
    return switch (type) {
      case 's' -> text.text(PythonText.str(value, budget));
      case 'r', 'a' -> text.text(PythonText.repr(value, budget));
      case 'c' -> text.text(character(value));
      case 'd', 'i', 'u' -> {
        Object whole = numeric(value, type) instanceof Double d ? truncate(d) : value;
        yield integer(
            whole, precision, new FormatSpec(fill, align, sign, false, width, (char) 0, -1, 'd'));
      }
      case 'x', 'X', 'o' -> {
        if (!Values.isInt(value)) {
          throw Fault.type("%" + type + " format: an integer is required");
        }
        yield integer(
            value,
            precision,
            new FormatSpec(fill, align, sign, alternate, width, (char) 0, -1, type));
      }
      case 'e', 'E', 'f', 'F', 'g', 'G' ->
          new FormatSpec(fill, align, sign, alternate, width, (char) 0, precision, type)
              .number(Values.toDouble(numeric(value, type)));
      default -> throw Fault.value("unsupported format character '" + type + "'");
    };
  }

  private static String integer(Object value, int precision, FormatSpec spec) {
    if (precision < 0) {
      return spec.number(value);
    }
    int prefix = spec.alternate() ? 2 : 0;
    boolean signed = Values.index(value) < 0 || spec.sign() != '-';
    FormatSpec digits =
        new FormatSpec(
            '0',
            '=',
            spec.sign(),
            spec.alternate(),
            precision + prefix + (signed ? 1 : 0),
            (char) 0,
            -1,
            spec.type());
    return new FormatSpec(
            spec.fill(),
            spec.align() == '=' ? '>' : spec.align(),
            '-',
            false,
            spec.width(),
            (char) 0,
            -1,
            's')
        .text(digits.number(value));
  }

  private static Object numeric(Object value, char type) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!Values.isNumber(value)) {
      throw Fault.type("%" + type + " format: a number is required, not " + Values.typeName(value));
    }
    return value;
  }

  private static long truncate(double number) {
    if (!(Math.abs(number) < 0x1p63)) {
      throw new Fault(PythonText.number(number) + " does not fit into 64 bits");
    }
    return (long) number;
  }

  private static String character(Object value) {
    if (value instanceof String text && text.codePointCount(0, text.length()) == 1) {
      return text;
    }
    long code = Values.index(value);
    if (code < 0 || code > Character.MAX_CODE_POINT) {
      throw new Fault("%c arg not in range(0x110000)");
    }
    return Character.toString((int) code);
  }
}
