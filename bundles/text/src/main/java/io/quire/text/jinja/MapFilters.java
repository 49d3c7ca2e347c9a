package io.quire.text.jinja;

import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters that apply another filter or a test to every element, when it is read. */
final class MapFilters {
  private MapFilters() {}

  static void addTo(Map<String, Filters.Filter> filters) {
    filters.put("map", MapFilters::map);
    filters.put("select", (value, args, runtime) -> select(value, args, true, false, runtime));
    filters.put("reject", (value, args, runtime) -> select(value, args, false, false, runtime));
    filters.put("selectattr", (value, args, runtime) -> select(value, args, true, true, runtime));
    filters.put("rejectattr", (value, args, runtime) -> select(value, args, false, true, runtime));
  }

  private static Object map(Object value, Args args, Runtime runtime) {
    Budget budget = runtime.budget();
    if (!Values.truth(value)) {
      return new Lazy("generator", Collections.emptyIterator(), budget);
    }
    UnaryOperator<Object> change = mapping(args, runtime);
    Iterator<Object> items = Values.iterate(value, budget);
    Iterator<Object> changed =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return items.hasNext();
          }

          @Override
          public Object next() {
            budget.step();
            return change.apply(items.next());
          }
        };
    return new Lazy("generator", changed, budget);
  }

  private static UnaryOperator<Object> mapping(Args args, Runtime runtime) {
    if (args.positional().isEmpty() && args.named().containsKey("attribute")) {
      Map<String, Object> named = new HashMap<>(args.named());
      Attributes attribute = Attributes.of(named.remove("attribute"), runtime);
      Object given = named.remove("default");
      Object otherwise = given == null ? Values.NONE : given;
      if (!named.isEmpty()) {
        throw Fault.type("map: unexpected keyword argument " + named.keySet());
      }
      return item -> attribute.get(item, otherwise);
    }
    if (args.positional().isEmpty()) {
      throw new Fault("map requires a filter argument");
    }
    String name = name(args.positional().getFirst(), "filter");
    Args rest = args.skip(1);
    return item -> Filters.apply(name, item, rest, runtime);
  }

  private static String name(Object value, String kind) {
    if (!Values.isText(value)) {
      throw new Fault("the name of a " + kind + " is a string, not " + Values.typeName(value));
    }
    return Values.text(value, "");
  }

  private static Object select(
      Object value, Args args, boolean wanted, boolean byAttribute, Runtime runtime) {
    Budget budget = runtime.budget();
    if (!Values.truth(value)) {
      return new Lazy("generator", Collections.emptyIterator(), budget);
    }
    List<Object> positional = args.positional();
    if (byAttribute && positional.isEmpty()) {
      throw new Fault("missing parameter for attribute name");
    }
    Object path = byAttribute ? positional.getFirst() : Values.NONE;
    Attributes attribute = Attributes.of(path, runtime);
    Args rest = byAttribute ? args.skip(1) : args;
    Iterator<Object> items = Values.iterate(value, budget);
    Filtering passing =
        new Filtering(items, item -> holds(attribute.get(item), rest, runtime) == wanted, budget);
    return new Lazy("generator", passing, budget);
  }

  private static boolean holds(Object value, Args args, Runtime runtime) {
    if (args.positional().isEmpty()) {
      return Values.truth(value);
    }
    String name = name(args.positional().getFirst(), "test");
    return Tests.apply(name, value, args.skip(1), runtime);
  }
}
