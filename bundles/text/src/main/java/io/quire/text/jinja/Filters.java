package io.quire.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** The filters, by name. */
final class Filters {
  /** A filter. */
  @FunctionalInterface
  interface Filter {
    /** Computes the result. */
    Object apply(Object value, Args args, Runtime runtime);
  }

  private static final Map<String, Filter> ALL = all();

  private Filters() {}

  static boolean exists(String name) {
    return ALL.containsKey(name);
  }

  static Object apply(String name, Object value, Args args, Runtime runtime) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw new Fault("no filter named " + PythonText.quote(name));
    }
    return filter.apply(value, args, runtime);
  }

  private static Map<String, Filter> all() {
    Map<String, Filter> filters = new HashMap<>();
    TextFilters.addTo(filters);
    NumberFilters.addTo(filters);
    SequenceFilters.addTo(filters);
    SortFilters.addTo(filters);
    MapFilters.addTo(filters);
    filters.put(
        "default",
        (value, args, _) -> {
          Args.Bound bound = args.bind("default", 0, "default_value", "boolean");
          boolean missing =
              value instanceof Undefined || (bound.truth(1, false) && !Values.truth(value));
          return missing ? bound.get(0, "") : value;
        });
    filters.put("d", filters.get("default"));
    filters.put("tojson", Json::filter);
    filters.put(
        "attr",
        (value, args, runtime) -> {
          String name = Values.text(args.bind("attr", 1, "name").get(0), "the attribute name");
          return Access.attributeOnly(value, name, runtime);
        });
    return Map.copyOf(filters);
  }
}
