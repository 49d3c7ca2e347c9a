package io.quire.text.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tests of {@code is}, by name. */
final class Tests {
  /** A test. */
  @FunctionalInterface
  private interface Check {
    boolean holds(Object value, Args args, Runtime runtime);
  }

  /** A test of the value alone. */
  @FunctionalInterface
  private interface Plain {
    boolean holds(Object value);
  }

  private static final Map<String, Check> ALL = all();

  private Tests() {}

  static boolean exists(String name) {
    return ALL.containsKey(name);
  }

  static boolean apply(String name, Object value, Args args, Runtime runtime) {
    Check check = ALL.get(name);
    if (check == null) {
      throw new Fault("no test named " + PythonText.quote(name));
    }
    return check.holds(value, args, runtime);
  }

  private static Map<String, Check> all() {
    Map<String, Check> tests = new HashMap<>();
    plain(tests, "defined", value -> !(value instanceof Undefined));
    plain(tests, "undefined", value -> value instanceof Undefined);
    plain(tests, "none", value -> value == Values.NONE);
    plain(tests, "boolean", value -> value instanceof Boolean);
    plain(tests, "true", Boolean.TRUE::equals);
    plain(tests, "false", Boolean.FALSE::equals);
    plain(tests, "integer", value -> value instanceof Long);
    plain(tests, "float", value -> value instanceof Double);
    plain(tests, "number", Values::isNumber);
    plain(tests, "string", Values::isText);
    plain(tests, "mapping", value -> value instanceof Map);
    plain(
        tests,
        "sequence",
        value ->
            value instanceof List
                || value instanceof Map
                || Values.isText(value)
                || value instanceof Undefined);
    plain(tests, "iterable", Values::isIterable);
    plain(tests, "callable", value -> value instanceof Callable || value instanceof Undefined);
    plain(tests, "escaped", value -> value instanceof Markup);
    tests.put(
        "odd",
        (value, args, runtime) -> {
          args.bind("odd", 0);
          return remainder(value, 2L, 1, runtime);
        });
    tests.put(
        "even",
        (value, args, runtime) -> {
          args.bind("even", 0);
          return remainder(value, 2L, 0, runtime);
        });
    tests.put(
        "divisibleby", (value, args, runtime) -> remainder(value, one(args, "num"), 0, runtime));
    plain(tests, "filter", value -> value instanceof String name && Filters.exists(name));
    plain(tests, "test", value -> value instanceof String name && exists(name));
    tests.put(
        "lower",
        (value, args, runtime) -> {
          args.bind("lower", 0);
          return CharTests.isLower(PythonText.str(value, runtime.budget()));
        });
    tests.put(
        "upper",
        (value, args, runtime) -> {
          args.bind("upper", 0);
          return CharTests.isUpper(PythonText.str(value, runtime.budget()));
        });
    tests.put("sameas", (value, args, _) -> same(value, one(args, "other")));
    tests.put(
        "in",
        (value, args, runtime) -> Membership.contains(one(args, "seq"), value, runtime.budget()));
    comparisons(tests);
    return Map.copyOf(tests);
  }

  private static void comparisons(Map<String, Check> tests) {
    for (String name : List.of("==", "eq", "equalto")) {
      tests.put(
          name, (value, args, runtime) -> Values.equal(value, one(args, "b"), runtime.budget()));
    }
    for (String name : List.of("!=", "ne")) {
      tests.put(
          name, (value, args, runtime) -> !Values.equal(value, one(args, "b"), runtime.budget()));
    }
    compare(tests, "<", "<", "lt", "lessthan");
    compare(tests, "<=", "<=", "le");
    compare(tests, ">", ">", "gt", "greaterthan");
    compare(tests, ">=", ">=", "ge");
  }

  private static void compare(Map<String, Check> tests, String operator, String... names) {
    for (String name : names) {
      tests.put(
          name,
          (value, args, runtime) ->
              Comparing.holds(operator, value, one(args, "b"), runtime.budget()));
    }
  }

  private static void plain(Map<String, Check> tests, String name, Plain plain) {
    tests.put(
        name,
        (value, args, _) -> {
          args.bind(name, 0);
          return plain.holds(value);
        });
  }

  private static Object one(Args args, String parameter) {
    return args.bind("the test", 1, parameter).get(0);
  }

  private static boolean remainder(Object value, Object by, long wanted, Runtime runtime) {
    Object rest = Arithmetic.binary("%", value, by, runtime);
    return Values.equal(rest, wanted, runtime.budget());
  }

  private static boolean same(Object a, Object b) {
    boolean plain = Values.isNumber(a) || a instanceof String;
    return a == b || (plain && a.equals(b));
  }
}
