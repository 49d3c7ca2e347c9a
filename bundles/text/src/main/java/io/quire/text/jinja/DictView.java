package io.quire.text.jinja;

import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.Map;

/** What {@code keys()}, {@code values()} and {@code items()} of a mapping give. */
final class DictView extends AbstractCollection<Object> {
  /** Which part of the mapping is seen. */
  enum Kind {
    KEYS("dict_keys"),
    VALUES("dict_values"),
    ITEMS("dict_items");

    final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }
  }

  private final Kind kind;
  private final Map<?, ?> map;

  DictView(Kind kind, Map<?, ?> map) {
    this.kind = kind;
    this.map = map;
  }

  Kind kind() {
    return kind;
  }

  @Override
  public Iterator<Object> iterator() {
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasNext();
      }

      @Override
      public Object next() {
        Map.Entry<?, ?> entry = entries.next();
        return switch (kind) {
          case KEYS -> entry.getKey();
          case VALUES -> entry.getValue();
          case ITEMS -> Tuple.of(entry.getKey(), entry.getValue());
        };
      }
    };
  }

  @Override
  public int size() {
    return map.size();
  }
}
