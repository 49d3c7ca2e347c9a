package io.quire.text.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * How to format one value.
 *
 * @param fill a character to fill up with
 * @param align {@code <}, {@code >}, {@code ^}, {@code =}, or 0 for the type's own
 * @param sign {@code +}, a space, or {@code -}
 * @param alternate whether prefixes such as 0x are written
 * @param width the least number of characters
 * @param grouping {@code ,} or {@code _} between groups of digits, or 0
 * @param precision digits, or -1 if none is given
 * @param type a letter, or 0 if none is given
 */
record FormatSpec(
    int fill,
    char align,
    char sign,
    boolean alternate,
    int width,
    char grouping,
    int precision,
    char type) {

  /** Formats a number by the types d, x, X, o, b, e, E, f, F, g, G, %. */
  String number(Object value) {
    boolean integer = "dxXobcn".indexOf(type) >= 0 || (type == 0 && Values.isInt(value));
    String digits;
    boolean negative;
    if (integer) {
      if (!Values.isInt(value)) {
        throw Fault.value("format code '" + type + "' needs a whole number");
      }
      if (precision >= 0) {
        throw Fault.value("precision not allowed in integer format specifier");
      }
      long number = Values.index(value);
      negative = number < 0;
      digits = magnitude(number);
    } else {
      double number = Values.toDouble(value);
      negative = number < 0 || (number == 0 && 1 / number < 0);
      digits = Double.isFinite(number) ? decimal(Math.abs(number)) : special(number);
    }
    String prefix = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    if (integer && alternate && "xXob".indexOf(type) >= 0) {
      prefix += "0" + type;
    }
    String grouped = grouping == 0 ? digits : group(digits);
    if (align == '=') {
      int missing = width - prefix.length() - grouped.length();
      return prefix + Character.toString(fill).repeat(Math.max(0, missing)) + grouped;
    }
    return pad(prefix + grouped, '>');
  }

  private String special(double number) {
    String text = Double.isNaN(number) ? "nan" : "inf";
    String shown = type != 0 && Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text;
    return type == '%' ? shown + "%" : shown;
  }

  private String magnitude(long number) {
    int radix =
        switch (type) {
          case 'x', 'X' -> 16;
          case 'o' -> 8;
          case 'b' -> 2;
          default -> 10;
        };
    // Of the smallest number too, which has no positive counterpart.
    String digits = Long.toUnsignedString(Math.abs(number), radix);
    return type == 'X' ? digits.toUpperCase(Locale.ROOT) : digits;
  }

  private String decimal(double number) {
    int digits = precision < 0 ? 6 : precision;
    return switch (type) {
      case 'f', 'F' -> fixed(new BigDecimal(number), digits);
      case '%' -> fixed(new BigDecimal(number * 100), digits) + "%";
      case 'e' -> scientific(number, digits);
      case 'E' -> scientific(number, digits).toUpperCase(Locale.ROOT);
      case 'g' -> general(number, digits, false);
      case 'G' -> general(number, digits, false).toUpperCase(Locale.ROOT);
      case 0 -> precision < 0 ? PythonText.number(number) : general(number, digits, true);
      default -> throw Fault.value("unknown format code '" + type + "' for a float");
    };
  }

  private static String fixed(BigDecimal number, int digits) {
    return number.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String scientific(double number, int digits) {
    if (number == 0) {
      return "0" + (digits > 0 ? "." + "0".repeat(digits) : "") + "e+00";
    }
    BigDecimal rounded =
        new BigDecimal(number).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    String all = rounded.unscaledValue().toString();
    int exponent = all.length() - 1 - rounded.scale();
    String padded = all + "0".repeat(Math.max(0, digits + 1 - all.length()));
    String fraction = digits > 0 ? "." + padded.substring(1, digits + 1) : "";
    return padded.charAt(0) + fraction + PythonText.exponent(exponent);
  }

  private String general(double number, int digits, boolean withPoint) {
    int significant = Math.max(1, digits);
    String exact = scientific(number, significant - 1);
    int exponent = Integer.parseInt(exact.substring(exact.indexOf('e') + 1));
    if (exponent < -4 || exponent >= significant - (withPoint ? 1 : 0)) {
      String mantissa = exact.substring(0, exact.indexOf('e'));
      return stripZeros(mantissa) + exact.substring(exact.indexOf('e'));
    }
    String plain = stripZeros(fixed(new BigDecimal(number), significant - 1 - exponent));
    return withPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain;
  }

  private String stripZeros(String digits) {
    if (alternate || digits.indexOf('.') < 0) {
      return digits;
    }
    String stripped = Chars.stripRight(digits, "0");
    return stripped.endsWith(".") ? stripped.substring(0, stripped.length() - 1) : stripped;
  }

  private String group(String digits) {
    int end = 0;
    while (end < digits.length()
        && Character.digit(digits.charAt(end), 16) >= 0
        && digits.charAt(end) != 'e') {
      end++;
    }
    int size = "xXob".indexOf(type) >= 0 && type != 0 ? 4 : 3;
    StringBuilder out = new StringBuilder(digits.substring(0, end));
    for (int i = end - size; i > 0; i -= size) {
      out.insert(i, grouping);
    }
    return out.append(digits.substring(end)).toString();
  }

  /** Cuts a text to the precision and fills it up to the width. */
  String text(String value) {
    String cut = value;
    if (precision >= 0 && precision < value.codePointCount(0, value.length())) {
      cut = value.substring(0, value.offsetByCodePoints(0, precision));
    }
    return pad(cut, '<');
  }

  private String pad(String text, char own) {
    int missing = width - text.codePointCount(0, text.length());
    if (missing <= 0) {
      return text;
    }
    char side = align == 0 ? own : align;
    int left = side == '<' ? 0 : side == '^' ? missing / 2 : missing;
    String one = Character.toString(fill);
    return one.repeat(left) + text + one.repeat(missing - left);
  }
}
