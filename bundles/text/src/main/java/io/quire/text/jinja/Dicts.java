package io.quire.text.jinja;

import java.util.Map;

/** Mappings with Python's keys, where {@code 1}, {@code 1.0} and {@code true} are the same. */
final class Dicts {
  private Dicts() {}

  /** {@return the value of a key, or null; an unhashable key is an error} */
  static Object get(Map<?, ?> map, Object key, Budget budget) {
    Object plain = key(key, budget);
    Object value = map.get(plain);
    if (value != null || !Values.isNumber(plain)) {
      return value;
    }
    Object same = sameKey(map, plain);
    return same == null ? null : map.get(same);
  }

  static boolean contains(Map<?, ?> map, Object key, Budget budget) {
    return get(map, key, budget) != null;
  }

  static void put(Map<Object, Object> map, Object key, Object value, Budget budget) {
    Object plain = key(key, budget);
    Object same = Values.isNumber(plain) ? sameKey(map, plain) : null;
    map.put(same == null ? plain : same, value);
  }

  /** The key in the map that is equal to a number, or null. */
  private static Object sameKey(Map<?, ?> map, Object number) {
    double value = Values.toDouble(number);
    Object[] forms = {(long) value, value, value == 1};
    for (Object form : forms) {
      if (map.containsKey(form) && Values.compareNumbers(form, number) == 0) {
        return form;
      }
    }
    return null;
  }

  /** Checks that a value can be a key. The walk is charged, since hashing walks as far. */
  static Object key(Object value, Budget budget) {
    check(value, budget, 0);
    return value instanceof Markup markup ? markup.text() : value;
  }

  private static void check(Object value, Budget budget, int depth) {
    budget.step();
    if (depth > Limits.DATA_DEPTH) {
      throw new Fault("a key nests deeper than " + Limits.DATA_DEPTH + " levels");
    }
    if (value instanceof Tuple tuple) {
      tuple.forEach(item -> check(item, budget, depth + 1));
    } else if (Values.isList(value) || value instanceof Map || value instanceof DictView) {
      throw Fault.type("unhashable type: " + PythonText.quote(Values.typeName(value)));
    } else if (value instanceof String text) {
      budget.scan(text.length());
    } else if (value instanceof Range range) {
      budget.work(range.size());
    }
  }
}
