package io.quire.text.jinja;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arguments of a call, evaluated.
 *
 * @param positional in order
 * @param named in order of the call
 */
record Args(List<Object> positional, Map<String, Object> named) {
  static final Args NONE = new Args(List.of(), Map.of());

  static Args of(Object... values) {
    return new Args(Arrays.asList(values), Map.of());
  }

  /** The arguments after the first {@code count} positional ones. */
  Args skip(int count) {
    return new Args(positional.subList(count, positional.size()), named);
  }

  /** These arguments and one more named one. */
  Args with(String name, Object value) {
    Map<String, Object> all = new LinkedHashMap<>(named);
    all.put(name, value);
    return new Args(positional, all);
  }

  /**
   * Assigns the arguments to parameters.
   *
   * @param function its name, for errors
   * @param required how many of the parameters must be given
   * @param parameters their names in order
   */
  Bound bind(String function, int required, String... parameters) {
    if (positional.size() > parameters.length) {
      throw Fault.type(
          function
              + "() takes at most "
              + parameters.length
              + " argument(s), "
              + positional.size()
              + " given");
    }
    Object[] values = new Object[parameters.length];
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    for (Map.Entry<String, Object> entry : named.entrySet()) {
      int at = Arrays.asList(parameters).indexOf(entry.getKey());
      if (at < 0) {
        throw Fault.type(
            function + "() got an unexpected keyword argument " + PythonText.quote(entry.getKey()));
      }
      if (values[at] != null) {
        throw Fault.type(
            function + "() got multiple values for argument " + PythonText.quote(entry.getKey()));
      }
      values[at] = entry.getValue();
    }
    for (int i = 0; i < required; i++) {
      if (values[i] == null) {
        throw Fault.type(function + "() misses its argument " + PythonText.quote(parameters[i]));
      }
    }
    return new Bound(values);
  }

  /** Parameters with their values. */
  static final class Bound {
    private final Object[] values;

    private Bound(Object[] values) {
      this.values = values;
    }

    boolean has(int index) {
      return values[index] != null;
    }

    Object get(int index) {
      return values[index];
    }

    Object get(int index, Object otherwise) {
      return values[index] == null ? otherwise : values[index];
    }

    /** Whether the argument is given and is not none. */
    boolean some(int index) {
      return values[index] != null && values[index] != Values.NONE;
    }

    boolean truth(int index, boolean otherwise) {
      return values[index] == null ? otherwise : Values.truth(values[index]);
    }

    long integer(int index, long otherwise) {
      return values[index] == null ? otherwise : Values.index(values[index]);
    }
  }
}
