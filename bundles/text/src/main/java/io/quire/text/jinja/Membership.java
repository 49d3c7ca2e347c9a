package io.quire.text.jinja;

import java.util.Iterator;
import java.util.Map;

/** Python's {@code in}. */
final class Membership {
  private Membership() {}

  static boolean contains(Object container, Object item, Budget budget) {
    if (Values.isText(container)) {
      String text = Values.text(container, "");
      String part = Values.text(item, "the left operand of 'in' a string");
      budget.search(text.length(), part.length());
      return text.contains(part);
    }
    if (container instanceof Map<?, ?> map) {
      return Dicts.contains(map, item, budget);
    }
    Iterator<Object> items = Values.iterate(container, budget);
    while (items.hasNext()) {
      budget.step();
      if (Values.equal(items.next(), item, budget)) {
        return true;
      }
    }
    return false;
  }
}
