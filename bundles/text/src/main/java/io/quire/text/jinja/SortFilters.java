package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Filters that order, group and pick by comparison. */
final class SortFilters {
  private SortFilters() {}

  static void addTo(Map<String, Filters.Filter> filters) {
    filters.put("sort", SortFilters::sort);
    filters.put("dictsort", SortFilters::dictSort);
    filters.put("unique", SortFilters::unique);
    filters.put("min", (value, args, runtime) -> extreme(value, args, false, runtime));
    filters.put("max", (value, args, runtime) -> extreme(value, args, true, runtime));
    filters.put("groupby", SortFilters::groupBy);
    filters.put("sum", SortFilters::sum);
  }

  private static Object sort(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    List<Attributes> attributes = Attributes.several(bound.get(2, Values.NONE), runtime);
    boolean caseSensitive = bound.truth(1, false);
    List<Comparing.Keyed> keyed = new ArrayList<>();
    for (Object item : Values.toList(value, runtime.budget())) {
      List<Object> key = new ArrayList<>();
      for (Attributes attribute : attributes) {
        key.add(Attributes.fold(attribute.get(item), caseSensitive, runtime.budget()));
      }
      keyed.add(new Comparing.Keyed(key, item));
    }
    return Comparing.sort(keyed, bound.truth(0, false), runtime.budget());
  }

  private static Object dictSort(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    String by = Values.text(bound.get(1, "key"), "by");
    if (!by.equals("key") && !by.equals("value")) {
      throw new Fault("dictsort sorts by either \"key\" or \"value\"");
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw value instanceof Undefined undefined
          ? undefined.fault()
          : Fault.type("dictsort needs a mapping, not " + Values.typeName(value));
    }
    List<Comparing.Keyed> keyed = new ArrayList<>();
    runtime.budget().items(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Object key = by.equals("key") ? entry.getKey() : entry.getValue();
      key = Attributes.fold(key, bound.truth(0, false), runtime.budget());
      keyed.add(new Comparing.Keyed(key, Tuple.of(entry.getKey(), entry.getValue())));
    }
    return Comparing.sort(keyed, bound.truth(2, false), runtime.budget());
  }

  private static Object unique(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("unique", 0, "case_sensitive", "attribute");
    Attributes attribute = Attributes.of(bound.get(1, Values.NONE), runtime);
    boolean caseSensitive = bound.truth(0, false);
    Budget budget = runtime.budget();
    Set<Object> seen = new HashSet<>();
    Iterator<Object> items = Values.iterate(value, budget);
    return new Lazy(
        "generator",
        new Filtering(
            items,
            item -> {
              Object key = Attributes.fold(attribute.get(item), caseSensitive, budget);
              return seen.add(canonical(Dicts.key(key, budget)));
            },
            budget),
        budget);
  }

  /** Equal numbers of different types become one. */
  private static Object canonical(Object key) {
    if (key instanceof Double number && number == Math.rint(number) && Math.abs(number) < 0x1p53) {
      return (long) (double) number;
    }
    return key instanceof Boolean ? (Object) Values.index(key) : key;
  }

  private static Object extreme(Object value, Args args, boolean max, Runtime runtime) {
    Args.Bound bound = args.bind(max ? "max" : "min", 0, "case_sensitive", "attribute");
    Attributes attribute = Attributes.of(bound.get(1, Values.NONE), runtime);
    Budget budget = runtime.budget();
    Iterator<Object> items = Values.iterate(value, budget);
    if (!items.hasNext()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    Object best = items.next();
    Object bestKey = Attributes.fold(attribute.get(best), bound.truth(0, false), budget);
    while (items.hasNext()) {
      Object item = items.next();
      Object key = Attributes.fold(attribute.get(item), bound.truth(0, false), budget);
      boolean better =
          max
              ? Comparing.less(bestKey, key, ">", budget, 0)
              : Comparing.less(key, bestKey, "<", budget, 0);
      if (better) {
        best = item;
        bestKey = key;
      }
    }
    return best;
  }

  private static Object groupBy(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("groupby", 1, "attribute", "default", "case_sensitive");
    Attributes attribute = Attributes.of(bound.get(0), runtime);
    Object otherwise = bound.get(1, Values.NONE);
    Budget budget = runtime.budget();
    List<Comparing.Keyed> keyed = new ArrayList<>();
    for (Object item : Values.toList(value, budget)) {
      Object key = attribute.get(item, otherwise);
      key = Attributes.fold(key, bound.truth(2, false), budget);
      keyed.add(new Comparing.Keyed(key, new Comparing.Keyed(key, item)));
    }
    List<Object> groups = new ArrayList<>();
    List<Object> group = new ArrayList<>();
    Object lastKey = Values.NONE;
    for (Object sorted : Comparing.sort(keyed, false, budget)) {
      Comparing.Keyed entry = (Comparing.Keyed) sorted;
      if (group.isEmpty() || !Values.equal(lastKey, entry.key(), budget)) {
        group = new ArrayList<>();
        Object shown = attribute.get(entry.item(), otherwise);
        groups.add(new Tuple(List.of(shown, group), List.of("grouper", "list")));
      }
      group.add(entry.item());
      lastKey = entry.key();
    }
    return groups;
  }

  private static Object sum(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("sum", 0, "attribute", "start");
    Attributes attribute = Attributes.of(bound.get(0, Values.NONE), runtime);
    Object total = bound.get(1, 0L);
    if (Values.isText(total)) {
      throw Fault.type("sum() can't sum strings");
    }
    Iterator<Object> items = Values.iterate(value, runtime.budget());
    while (items.hasNext()) {
      runtime.budget().step();
      total = Arithmetic.binary("+", total, attribute.get(items.next()), runtime);
    }
    return total;
  }
}
