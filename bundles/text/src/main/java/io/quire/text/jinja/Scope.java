package io.quire.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** Variables of one block; those of the blocks around it are visible but cannot be assigned. */
final class Scope {
  private final Scope parent;
  private final Map<String, Object> values = new HashMap<>();

  private Scope(Scope parent) {
    this.parent = parent;
  }

  static Scope root(Map<String, Object> variables) {
    Scope scope = new Scope(null);
    scope.values.putAll(variables);
    return scope;
  }

  Scope inner() {
    return new Scope(this);
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      Object value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.variable(name);
  }
}
