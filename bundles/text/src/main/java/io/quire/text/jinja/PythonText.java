package io.quire.text.jinja;

import io.quire.api.text.ChatTemplate.JsonNull;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/** Python's {@code str()} and {@code repr()}. */
final class PythonText {
  private final StringBuilder out = new StringBuilder();
  private final Budget budget;

  private PythonText(Budget budget) {
    this.budget = budget;
  }

  static String str(Object value, Budget budget) {
    return switch (value) {
      case String string -> string;
      case Markup markup -> markup.text();
      case Undefined _ -> "";
      default -> repr(value, budget);
    };
  }

  static String repr(Object value, Budget budget) {
    PythonText text = new PythonText(budget);
    text.write(value, 0);
    budget.text(text.out.length());
    return text.out.toString();
  }

  /** Python's quotes around a short text, for messages. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder();
    quote(text.length() > 200 ? text.substring(0, 200) + "..." : text, out);
    return out.toString();
  }

  private void write(Object value, int depth) {
    budget.step();
    if (depth > Limits.DATA_DEPTH) {
      throw new Fault("a value to print nests deeper than " + Limits.DATA_DEPTH + " levels");
    }
    Chars.checkLength(out.length());
    switch (value) {
      case String string -> writeQuoted(string);
      case Markup markup -> {
        out.append("Markup(");
        writeQuoted(markup.text());
        out.append(')');
      }
      case Boolean bool -> out.append(bool ? "True" : "False");
      case Long number -> out.append((long) number);
      case Double number -> out.append(number(number));
      case JsonNull _ -> out.append("None");
      case Undefined _ -> out.append("Undefined");
      case Tuple tuple -> {
        writeItems("(", tuple, depth);
        out.append(tuple.size() == 1 ? ",)" : ")");
      }
      case Range range -> out.append(range);
      case DictView view -> {
        out.append(view.kind().typeName).append('(');
        writeItems("[", view, depth);
        out.append("])");
      }
      case Collection<?> list -> {
        writeItems("[", list, depth);
        out.append(']');
      }
      case Map<?, ?> map -> writeMap(map, depth);
      case Namespace namespace -> {
        out.append("<Namespace ");
        writeMap(namespace.values(), depth);
        out.append('>');
      }
      case LoopContext loop ->
          out.append("<LoopContext ")
              .append(loop.index())
              .append('/')
              .append(loop.length())
              .append('>');
      case Callable callable -> out.append(callable.describe());
      default -> out.append('<').append(Values.typeName(value)).append(" object>");
    }
  }

  private void writeItems(String open, Collection<?> items, int depth) {
    out.append(open);
    Iterator<?> iterator = items.iterator();
    while (iterator.hasNext()) {
      write(iterator.next(), depth + 1);
      if (iterator.hasNext()) {
        out.append(", ");
      }
    }
  }

  private void writeMap(Map<?, ?> map, int depth) {
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      write(entry.getKey(), depth + 1);
      out.append(": ");
      write(entry.getValue(), depth + 1);
      if (entries.hasNext()) {
        out.append(", ");
      }
    }
    out.append('}');
  }

  private void writeQuoted(String text) {
    budget.scan(text.length());
    Chars.checkLength(out.length() + (long) text.length());
    quote(text, out);
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints().forEach(c -> quoteChar(c, quote, out));
    out.append(quote);
  }

  private static void quoteChar(int c, char quote, StringBuilder out) {
    switch (c) {
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else if (c < 0x100) {
          out.append(String.format(Locale.ROOT, "\\x%02x", c));
        } else {
          out.append(
              c < 0x10000
                  ? String.format(Locale.ROOT, "\\u%04x", c)
                  : String.format(Locale.ROOT, "\\U%08x", c));
        }
      }
    }
  }

  static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  /** The shortest digits that give the same number, in Python's notation. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String sign = value < 0 || 1 / value < 0 ? "-" : "";
    if (value == 0) {
      return sign + "0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
    String digits = decimal.unscaledValue().toString();
    int exponent = digits.length() - 1 - decimal.scale();
    if (exponent < -4 || exponent >= 16) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      return sign + digits.charAt(0) + fraction + exponent(exponent);
    }
    String plain = decimal.toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  /** An exponent of at least two digits. */
  static String exponent(int exponent) {
    int size = Math.abs(exponent);
    return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
  }
}
