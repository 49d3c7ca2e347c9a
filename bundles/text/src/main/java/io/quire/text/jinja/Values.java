package io.quire.text.jinja;

import io.quire.api.text.ChatTemplate.JsonNull;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Python's view of the values: types, truth, order, length and iteration. */
final class Values {
  static final Object NONE = JsonNull.NULL;

  private Values() {}

  static String typeName(Object value) {
    return switch (value) {
      case String _ -> "str";
      case Markup _ -> "Markup";
      case Boolean _ -> "bool";
      case Long _ -> "int";
      case Double _ -> "float";
      case JsonNull _ -> "NoneType";
      case Tuple _ -> "tuple";
      case Range _ -> "range";
      case List<?> _ -> "list";
      case Map<?, ?> _ -> "dict";
      case DictView view -> view.kind().typeName;
      case Lazy lazy -> lazy.typeName();
      case Undefined _ -> "Undefined";
      case Namespace _ -> "Namespace";
      case LoopContext _ -> "LoopContext";
      case Macro _ -> "Macro";
      case Slice _ -> "slice";
      default -> "function";
    };
  }

  static boolean isText(Object value) {
    return value instanceof String || value instanceof Markup;
  }

  static boolean isList(Object value) {
    return value instanceof List && !(value instanceof Tuple) && !(value instanceof Range);
  }

  static boolean isInt(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  static boolean isNumber(Object value) {
    return isInt(value) || value instanceof Double;
  }

  /** The text of a string; anything else is an error. */
  static String text(Object value, String what) {
    return switch (value) {
      case String string -> string;
      case Markup markup -> markup.text();
      case Undefined undefined -> throw undefined.fault();
      default -> throw Fault.type(what + " must be str, not " + typeName(value));
    };
  }

  /** The whole number that Python takes for an index or a count. */
  static long index(Object value) {
    return switch (value) {
      case Long number -> number;
      case Boolean bool -> bool ? 1 : 0;
      case Undefined undefined -> throw undefined.fault();
      default ->
          throw Fault.type(
              PythonText.quote(typeName(value)) + " object cannot be interpreted as an integer");
    };
  }

  static double toDouble(Object value) {
    return value instanceof Double number ? number : (double) index(value);
  }

  static boolean truth(Object value) {
    return switch (value) {
      case Boolean bool -> bool;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String string -> !string.isEmpty();
      case Markup markup -> !markup.text().isEmpty();
      case Collection<?> collection -> !collection.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case JsonNull _ -> false;
      case Undefined _ -> false;
      case LoopContext loop -> loop.length() != 0;
      default -> true;
    };
  }

  /** The length, if the value has one. */
  static Optional<Long> length(Object value, Budget budget) {
    return switch (value) {
      case String string -> Optional.of((long) Chars.length(string, budget));
      case Markup markup -> Optional.of((long) Chars.length(markup.text(), budget));
      case Collection<?> collection -> Optional.of((long) collection.size());
      case Map<?, ?> map -> Optional.of((long) map.size());
      case Undefined _ -> Optional.of(0L);
      case LoopContext loop -> Optional.of(loop.length());
      default -> Optional.empty();
    };
  }

  static boolean isIterable(Object value) {
    return isText(value)
        || value instanceof Collection
        || value instanceof Map
        || value instanceof Lazy
        || value instanceof Undefined
        || value instanceof LoopContext;
  }

  static Iterator<Object> iterate(Object value, Budget budget) {
    return switch (value) {
      case String string -> Chars.iterator(string);
      case Markup markup -> Chars.iterator(markup.text());
      case Lazy lazy -> lazy;
      case Collection<?> collection -> plain(collection);
      case Map<?, ?> map -> plain(map.keySet());
      case Undefined _ -> Collections.emptyIterator();
      case LoopContext loop -> loop.pairs();
      default -> throw Fault.type(PythonText.quote(typeName(value)) + " object is not iterable");
    };
  }

  private static Iterator<Object> plain(Collection<?> collection) {
    return Collections.<Object>unmodifiableCollection(collection).iterator();
  }

  /** All elements as a new list. */
  static List<Object> toList(Object value, Budget budget) {
    Iterator<Object> iterator = iterate(value, budget);
    List<Object> list = new ArrayList<>();
    while (iterator.hasNext()) {
      budget.step();
      list.add(iterator.next());
      if (list.size() > Limits.ITEMS) {
        budget.items(list.size());
      }
    }
    return list;
  }

  /** Whether two values are equal as Python sees it: {@code 1 == 1.0 == true}. */
  static boolean equal(Object a, Object b, Budget budget) {
    return equal(a, b, budget, 0);
  }

  private static boolean equal(Object a, Object b, Budget budget, int depth) {
    budget.step();
    if (depth > Limits.DATA_DEPTH) {
      throw new Fault("compared values nest deeper than " + Limits.DATA_DEPTH + " levels");
    }
    if (a == b) {
      return !(a instanceof Double number && number.isNaN());
    }
    if (isNumber(a) && isNumber(b)) {
      return ordered(a, b) && compareNumbers(a, b) == 0;
    }
    if (isText(a) && isText(b)) {
      String left = text(a, "");
      budget.scan(left.length());
      return left.equals(text(b, ""));
    }
    if (a instanceof Undefined && b instanceof Undefined) {
      return true;
    }
    if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
      return equalMaps(left, right, budget, depth);
    }
    boolean alike =
        (isList(a) && isList(b))
            || (a instanceof Tuple && b instanceof Tuple)
            || (a instanceof Range && b instanceof Range);
    return alike && equalLists((List<?>) a, (List<?>) b, budget, depth);
  }

  private static boolean equalLists(List<?> a, List<?> b, Budget budget, int depth) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i), budget, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b, Budget budget, int depth) {
    if (a.size() != b.size()) {
      return false;
    }
    for (Map.Entry<?, ?> entry : a.entrySet()) {
      Object other = Dicts.get(b, entry.getKey(), budget);
      if (other == null || !equal(entry.getValue(), other, budget, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  /** Whether two numbers have an order, that is, none is NaN. */
  static boolean ordered(Object a, Object b) {
    return !(a instanceof Double x && x.isNaN()) && !(b instanceof Double y && y.isNaN());
  }

  static int compareNumbers(Object a, Object b) {
    if (isInt(a) && isInt(b)) {
      return Long.compare(index(a), index(b));
    }
    double x = toDouble(a);
    double y = toDouble(b);
    if (a instanceof Double && b instanceof Double
        || Double.isInfinite(x)
        || Double.isInfinite(y)) {
      return x < y ? -1 : x > y ? 1 : 0;
    }
    return exact(a).compareTo(exact(b));
  }

  private static BigDecimal exact(Object number) {
    return number instanceof Double value
        ? new BigDecimal(value)
        : BigDecimal.valueOf(index(number));
  }

  /** Python's {@code a < b}. */
  static boolean less(Object a, Object b, Budget budget) {
    return Comparing.less(a, b, "<", budget, 0);
  }
}
