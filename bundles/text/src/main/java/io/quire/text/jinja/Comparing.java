package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's order of values, and its stable sort. */
final class Comparing {
  private Comparing() {}

  /** Evaluates {@code <}, {@code <=}, {@code >} or {@code >=}. */
  static boolean holds(String operator, Object a, Object b, Budget budget) {
    return switch (operator) {
      case "<" -> less(a, b, "<", budget, 0);
      case ">" -> less(b, a, ">", budget, 0);
      case "<=" -> atMost(a, b, operator, budget);
      case ">=" -> atMost(b, a, operator, budget);
      default -> throw new Fault("no comparison " + operator);
    };
  }

  private static boolean atMost(Object a, Object b, String operator, Budget budget) {
    if (Values.isNumber(a) && Values.isNumber(b)) {
      return Values.ordered(a, b) && Values.compareNumbers(a, b) <= 0;
    }
    return less(a, b, operator, budget, 0) || Values.equal(a, b, budget);
  }

  static boolean less(Object a, Object b, String operator, Budget budget, int depth) {
    budget.step();
    if (Values.isNumber(a) && Values.isNumber(b)) {
      return Values.ordered(a, b) && Values.compareNumbers(a, b) < 0;
    }
    if (Values.isText(a) && Values.isText(b)) {
      String left = Values.text(a, "");
      String right = Values.text(b, "");
      budget.scan(Math.min(left.length(), right.length()));
      return Chars.compare(left, right) < 0;
    }
    boolean lists = Values.isList(a) && Values.isList(b);
    if (lists || (a instanceof Tuple && b instanceof Tuple)) {
      return lessLists((List<?>) a, (List<?>) b, operator, budget, depth);
    }
    if (a instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (b instanceof Undefined undefined) {
      throw undefined.fault();
    }
    throw Fault.type(
        PythonText.quote(operator)
            + " is not supported between instances of "
            + PythonText.quote(Values.typeName(a))
            + " and "
            + PythonText.quote(Values.typeName(b)));
  }

  private static boolean lessLists(
      List<?> a, List<?> b, String operator, Budget budget, int depth) {
    if (depth > Limits.DATA_DEPTH) {
      throw new Fault("compared lists nest deeper than " + Limits.DATA_DEPTH + " levels");
    }
    int common = Math.min(a.size(), b.size());
    for (int i = 0; i < common; i++) {
      if (!Values.equal(a.get(i), b.get(i), budget)) {
        return less(a.get(i), b.get(i), operator, budget, depth + 1);
      }
    }
    return a.size() < b.size();
  }

  /** An element with the key that orders it. */
  record Keyed(Object key, Object item) {}

  /**
   * Sorts by key, stably. A merge sort of our own, since the one of the JDK may refuse an order
   * that is not total, as that of NaN.
   */
  static List<Object> sort(List<Keyed> items, boolean reverse, Budget budget) {
    budget.items(items.size());
    List<Keyed> list = new ArrayList<>(items);
    List<Keyed> spare = new ArrayList<>(items);
    for (int width = 1; width < list.size(); width *= 2) {
      for (int from = 0; from < list.size(); from += 2 * width) {
        int middle = Math.min(from + width, list.size());
        int end = Math.min(from + 2 * width, list.size());
        merge(list, spare, new int[] {from, middle, end}, reverse, budget);
      }
      List<Keyed> swap = list;
      list = spare;
      spare = swap;
    }
    List<Object> sorted = new ArrayList<>(list.size());
    list.forEach(keyed -> sorted.add(keyed.item()));
    return sorted;
  }

  private static void merge(
      List<Keyed> from, List<Keyed> to, int[] bounds, boolean reverse, Budget budget) {
    int left = bounds[0];
    int right = bounds[1];
    for (int at = bounds[0]; at < bounds[2]; at++) {
      boolean takeRight =
          left == bounds[1]
              || (right < bounds[2] && before(from.get(right), from.get(left), reverse, budget));
      to.set(at, takeRight ? from.get(right++) : from.get(left++));
    }
  }

  private static boolean before(Keyed a, Keyed b, boolean reverse, Budget budget) {
    return reverse ? Values.less(b.key(), a.key(), budget) : Values.less(a.key(), b.key(), budget);
  }
}
