package io.quire.text.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Filters of numbers. */
final class NumberFilters {
  private NumberFilters() {}

  static void addTo(Map<String, Filters.Filter> filters) {
    filters.put("int", NumberFilters::toInt);
    filters.put("float", NumberFilters::toFloat);
    filters.put("abs", NumberFilters::abs);
    filters.put("round", NumberFilters::round);
  }

  private static Object toInt(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("int", 0, "default", "base");
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (value instanceof Double number) {
      if (number.isInfinite()) {
        throw new Fault("cannot convert float infinity to integer");
      }
      return number.isNaN() ? bound.get(0, 0L) : whole(number);
    }
    if (Values.isInt(value)) {
      return Values.index(value);
    }
    if (!Values.isText(value)) {
      return bound.get(0, 0L);
    }
    String text = trimmed(Values.text(value, ""), runtime);
    Optional<Long> number = parse(text, bound.integer(1, 10));
    if (number.isPresent()) {
      return number.get();
    }
    OptionalDouble decimal = parseDouble(text);
    return decimal.isPresent() && Double.isFinite(decimal.getAsDouble())
        ? whole(decimal.getAsDouble())
        : bound.get(0, 0L);
  }

  private static String trimmed(String text, Runtime runtime) {
    runtime.budget().scan(text.length());
    String trimmed = Chars.stripLeft(Chars.stripRight(text));
    if (trimmed.length() > 4000) {
      throw Fault.value("a number of " + trimmed.length() + " characters; 4000 are allowed");
    }
    return trimmed;
  }

  private static Object whole(double number) {
    if (Math.abs(number) >= 0x1p63) {
      throw new Fault(number + " does not fit into 64 bits");
    }
    return (long) number;
  }

  private static Optional<Long> parse(String text, long base) {
    if (base != 0 && (base < 2 || base > 36)) {
      return Optional.empty();
    }
    String sign = text.startsWith("-") ? "-" : "";
    String digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    String prefix = digits.length() > 1 ? digits.substring(0, 2).toLowerCase(Locale.ROOT) : "";
    long marked = prefix.equals("0x") ? 16 : prefix.equals("0o") ? 8 : prefix.equals("0b") ? 2 : 0;
    long radix = base;
    if (marked != 0 && (base == 0 || base == marked)) {
      radix = marked;
      digits = digits.substring(2);
      digits = digits.startsWith("_") ? digits.substring(1) : digits;
    } else if (base == 0) {
      radix = 10;
    }
    if (!separated(digits, (int) radix)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(sign + digits.replace("_", ""), (int) radix));
    } catch (NumberFormatException e) {
      throw new Fault("the number " + PythonText.quote(text) + " does not fit into 64 bits");
    }
  }

  /** Whether these are digits with single underscores between them. */
  private static boolean separated(String digits, int radix) {
    boolean afterDigit = false;
    for (int i = 0; i < digits.length(); i++) {
      boolean digit = Character.digit(digits.charAt(i), radix) >= 0;
      if (!digit && (digits.charAt(i) != '_' || !afterDigit)) {
        return false;
      }
      afterDigit = digit;
    }
    return afterDigit;
  }

  /** Reads a float as Python does. */
  static OptionalDouble parseDouble(String text) {
    String unsigned = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    double sign = text.startsWith("-") ? -1 : 1;
    String word = unsigned.toLowerCase(Locale.ROOT);
    if (word.equals("inf") || word.equals("infinity")) {
      return OptionalDouble.of(sign * Double.POSITIVE_INFINITY);
    }
    if (word.equals("nan")) {
      return OptionalDouble.of(Double.NaN);
    }
    int exponent = word.indexOf('e');
    String mantissa = exponent < 0 ? word : word.substring(0, exponent);
    String power = exponent < 0 ? "0" : word.substring(exponent + 1);
    power = power.startsWith("-") || power.startsWith("+") ? power.substring(1) : power;
    int dot = mantissa.indexOf('.');
    String whole = dot < 0 ? mantissa : mantissa.substring(0, dot);
    String fraction = dot < 0 ? "" : mantissa.substring(dot + 1);
    boolean valid =
        separated(power, 10)
            && (whole.isEmpty() ? dot >= 0 && !fraction.isEmpty() : separated(whole, 10))
            && (fraction.isEmpty() || separated(fraction, 10));
    return valid
        ? OptionalDouble.of(sign * Double.parseDouble(word.replace("_", "")))
        : OptionalDouble.empty();
  }

  private static Object toFloat(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("float", 0, "default");
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (Values.isNumber(value)) {
      return Values.toDouble(value);
    }
    if (!Values.isText(value)) {
      return bound.get(0, 0.0);
    }
    OptionalDouble number = parseDouble(trimmed(Values.text(value, ""), runtime));
    return number.isPresent() ? (Object) number.getAsDouble() : bound.get(0, 0.0);
  }

  private static Object abs(Object value, Args args, Runtime runtime) {
    args.bind("abs", 0);
    runtime.budget().step();
    if (value instanceof Double number) {
      return Math.abs(number);
    }
    if (!Values.isInt(value)) {
      throw Fault.type("bad operand type for abs(): " + PythonText.quote(Values.typeName(value)));
    }
    return Values.index(value) < 0 ? Arithmetic.unary("-", value) : (Object) Values.index(value);
  }

  private static Object round(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("round", 0, "precision", "method");
    String method = Values.text(bound.get(1, "common"), "the method");
    if (!Values.isNumber(value)) {
      throw value instanceof Undefined undefined
          ? undefined.fault()
          : Fault.type("only numbers can be rounded, not " + Values.typeName(value));
    }
    long precision = bound.integer(0, 0);
    return switch (method) {
      case "common" ->
          value instanceof Double number
              ? (Object) rounded(number, precision)
              : (Object) rounded(Values.index(value), precision);
      case "ceil", "floor" -> directed(value, precision, method.equals("ceil"), runtime);
      default -> throw new Fault("the method of round must be common, ceil or floor");
    };
  }

  private static double rounded(double number, long digits) {
    if (!Double.isFinite(number) || digits > 350) {
      return number;
    }
    if (digits < -310) {
      return Math.copySign(0.0, number);
    }
    BigDecimal exact = new BigDecimal(number).setScale((int) digits, RoundingMode.HALF_EVEN);
    return Math.copySign(exact.doubleValue(), number);
  }

  private static long rounded(long number, long digits) {
    if (digits >= 0) {
      return number;
    }
    if (digits < -20) {
      return 0;
    }
    try {
      return BigDecimal.valueOf(number)
          .setScale((int) digits, RoundingMode.HALF_EVEN)
          .longValueExact();
    } catch (ArithmeticException e) {
      throw new Fault("the rounded number does not fit into 64 bits");
    }
  }

  private static Object directed(Object value, long precision, boolean up, Runtime runtime) {
    Object factor = Arithmetic.binary("**", 10L, precision, runtime);
    Object scaled = Arithmetic.binary("*", value, factor, runtime);
    Object whole = scaled;
    if (scaled instanceof Double number) {
      if (!Double.isFinite(number)) {
        throw new Fault("cannot convert " + PythonText.number(number) + " to integer");
      }
      whole = whole(up ? Math.ceil(number) : Math.floor(number));
    }
    return Arithmetic.binary("/", whole, factor, runtime);
  }
}
