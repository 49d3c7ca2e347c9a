package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic operators. Whole numbers have 64 bits; one that does not fit is an error. */
final class Arithmetic {
  private Arithmetic() {}

  static Object binary(String operator, Object a, Object b, Runtime runtime) {
    if (a instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (operator.equals("%") && Values.isText(a)) {
      return PercentFormat.format(Values.text(a, ""), b, runtime);
    }
    if (b instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (Values.isNumber(a) && Values.isNumber(b)) {
      try {
        return Values.isInt(a) && Values.isInt(b)
            ? integers(operator, Values.index(a), Values.index(b))
            : floats(operator, Values.toDouble(a), Values.toDouble(b));
      } catch (ArithmeticException e) {
        throw new Fault(a + " " + operator + " " + b + " does not fit into 64 bits");
      }
    }
    return switch (operator) {
      case "+" -> add(a, b, runtime);
      case "*" -> multiply(a, b, runtime);
      default -> throw unsupported(operator, a, b);
    };
  }

  static Object unary(String operator, Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!Values.isNumber(value)) {
      throw Fault.type("bad operand type for unary " + operator + ": " + Values.typeName(value));
    }
    if (value instanceof Double number) {
      return operator.equals("-") ? -number : number;
    }
    long number = Values.index(value);
    if (operator.equals("-") && number == Long.MIN_VALUE) {
      throw new Fault("-(" + number + ") does not fit into 64 bits");
    }
    return operator.equals("-") ? -number : number;
  }

  private static Fault unsupported(String operator, Object a, Object b) {
    return Fault.type(
        "unsupported operand type(s) for "
            + operator
            + ": "
            + PythonText.quote(Values.typeName(a))
            + " and "
            + PythonText.quote(Values.typeName(b)));
  }

  private static Object integers(String operator, long a, long b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new Fault("division by zero");
    }
    return switch (operator) {
      case "+" -> Math.addExact(a, b);
      case "-" -> Math.subtractExact(a, b);
      case "*" -> Math.multiplyExact(a, b);
      case "/" -> (double) a / (double) b;
      case "//" -> Math.floorDivExact(a, b);
      case "%" -> Math.floorMod(a, b);
      case "**" -> power(a, b);
      default -> throw new Fault("no operator " + operator);
    };
  }

  private static Object power(long base, long exponent) {
    if (exponent < 0) {
      if (base == 0) {
        throw new Fault("0.0 cannot be raised to a negative power");
      }
      return Math.pow(base, exponent);
    }
    if (base == 0 || base == 1 || base == -1) {
      return exponent == 0 ? 1L : base == -1 && exponent % 2 == 0 ? 1L : base;
    }
    long result = 1;
    // The base is at least 2, so that 64 rounds overflow.
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static Object floats(String operator, double a, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new Fault("float division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> floorDivide(a, b);
      case "%" -> modulo(a, b);
      case "**" -> power(a, b);
      default -> throw new Fault("no operator " + operator);
    };
  }

  private static double modulo(double a, double b) {
    double rest = a % b;
    if (rest == 0) {
      return Math.copySign(0.0, b);
    }
    return (rest < 0) == (b < 0) ? rest : rest + b;
  }

  private static double floorDivide(double a, double b) {
    double rest = a % b;
    double quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0)) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static double power(double a, double b) {
    if (a == 0 && b < 0) {
      throw new Fault("0.0 cannot be raised to a negative power");
    }
    if (a == 1) {
      return 1;
    }
    double result = Math.pow(a, b);
    if (Double.isNaN(result) && !Double.isNaN(a) && !Double.isNaN(b)) {
      if (a == -1) {
        return 1;
      }
      throw Fault.value("a negative number to a fractional power is complex");
    }
    if (Double.isInfinite(result) && Double.isFinite(a) && Double.isFinite(b)) {
      throw new Fault(a + " ** " + b + " is too large");
    }
    return result;
  }

  private static Object add(Object a, Object b, Runtime runtime) {
    if (Values.isText(a) && Values.isText(b)) {
      if (a instanceof String left && b instanceof String right) {
        return Chars.concat(left, right, runtime.budget());
      }
      String left = Markup.escape(a, runtime).text();
      String right = Markup.escape(b, runtime).text();
      return new Markup(Chars.concat(left, right, runtime.budget()));
    }
    boolean lists = Values.isList(a) && Values.isList(b);
    if (lists || (a instanceof Tuple && b instanceof Tuple)) {
      List<?> left = (List<?>) a;
      List<?> right = (List<?>) b;
      runtime.budget().items((long) left.size() + right.size());
      List<Object> joined = new ArrayList<>(left);
      joined.addAll(right);
      return lists ? joined : new Tuple(joined);
    }
    throw unsupported("+", a, b);
  }

  private static Object multiply(Object a, Object b, Runtime runtime) {
    if (Values.isInt(a) && !Values.isNumber(b)) {
      return multiply(b, a, runtime);
    }
    if (!Values.isInt(b)) {
      throw unsupported("*", a, b);
    }
    long count = Values.index(b);
    return switch (a) {
      case String text -> Chars.repeat(text, count, runtime.budget());
      case Markup markup -> new Markup(Chars.repeat(markup.text(), count, runtime.budget()));
      case Tuple tuple -> new Tuple(repeat(tuple, count, runtime));
      case Range _ -> throw unsupported("*", a, b);
      case List<?> list -> repeat(list, count, runtime);
      default -> throw unsupported("*", a, b);
    };
  }

  private static List<Object> repeat(List<?> list, long count, Runtime runtime) {
    List<Object> repeated = new ArrayList<>();
    if (count > 0 && !list.isEmpty()) {
      runtime.budget().items(count > Limits.ITEMS ? count : list.size() * count);
      for (long i = 0; i < count; i++) {
        repeated.addAll(list);
      }
    }
    return repeated;
  }
}
