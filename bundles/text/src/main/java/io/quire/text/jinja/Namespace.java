package io.quire.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace()} makes: the one value that a template can change. */
final class Namespace {
  private final Map<String, Object> values = new LinkedHashMap<>();

  Map<String, Object> values() {
    return values;
  }

  void set(String name, Object value) {
    if (values.size() >= Limits.ITEMS && !values.containsKey(name)) {
      throw new Fault("a namespace of more than " + Limits.ITEMS + " attributes");
    }
    values.put(name, value);
  }
}
