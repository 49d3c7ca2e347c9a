package io.quire.text.jinja;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** Python's tuple; the ones that {@code groupby} makes have names for their elements as well. */
final class Tuple extends AbstractList<Object> implements RandomAccess {
  private final List<Object> items;
  private final List<String> names;

  Tuple(List<Object> items) {
    this(items, List.of());
  }

  Tuple(List<Object> items, List<String> names) {
    this.items = items;
    this.names = names;
  }

  static Tuple of(Object... items) {
    return new Tuple(List.of(items));
  }

  @Override
  public Object get(int index) {
    return items.get(index);
  }

  @Override
  public int size() {
    return items.size();
  }

  /** {@return the index of a named element, or -1} */
  int named(String name) {
    return names.indexOf(name);
  }
}
