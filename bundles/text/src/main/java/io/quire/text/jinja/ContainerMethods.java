package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The methods of lists, tuples, ranges and mappings that do not change them. */
final class ContainerMethods {
  /** Methods of lists that the sandbox withholds. */
  static final Set<String> CHANGE_LIST =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  /** Methods of mappings that the sandbox withholds. */
  static final Set<String> CHANGE_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");

  private ContainerMethods() {}

  static Optional<Object> find(List<?> list, String name) {
    return switch (name) {
      case "index" -> method(name, (args, runtime) -> index(list, args, runtime.budget()));
      case "count" ->
          method(
              name,
              (args, runtime) -> {
                Object wanted = args.bind("count", 1, "value").get(0);
                Budget budget = runtime.budget();
                return list.stream().filter(item -> Values.equal(item, wanted, budget)).count();
              });
      case "copy" ->
          Values.isList(list)
              ? method(
                  name,
                  (args, runtime) -> {
                    args.bind("copy", 0);
                    runtime.budget().items(list.size());
                    return new ArrayList<Object>(list);
                  })
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Optional<Object> method(String name, Function.Body body) {
    return Optional.of(new Function(name, body));
  }

  private static Object index(List<?> list, Args args, Budget budget) {
    Args.Bound bound = args.bind("index", 1, "value", "start", "stop");
    long start = bound.integer(1, 0);
    long stop = bound.integer(2, list.size());
    long from = Math.max(0, start < 0 ? start + list.size() : start);
    long to = Math.min(list.size(), stop < 0 ? stop + list.size() : stop);
    for (long i = from; i < to; i++) {
      if (Values.equal(list.get((int) i), bound.get(0), budget)) {
        return i;
      }
    }
    throw Fault.value("the value is not in the list");
  }

  static Optional<Object> find(Map<?, ?> map, String name) {
    return switch (name) {
      case "keys" -> view(name, DictView.Kind.KEYS, map);
      case "values" -> view(name, DictView.Kind.VALUES, map);
      case "items" -> view(name, DictView.Kind.ITEMS, map);
      case "get" ->
          method(
              name,
              (args, runtime) -> {
                Args.Bound bound = args.bind("get", 1, "key", "default");
                Object value = Dicts.get(map, bound.get(0), runtime.budget());
                return value == null ? bound.get(1, Values.NONE) : value;
              });
      case "copy" ->
          method(
              name,
              (args, runtime) -> {
                args.bind("copy", 0);
                runtime.budget().items(map.size());
                return new LinkedHashMap<Object, Object>(map);
              });
      default -> Optional.empty();
    };
  }

  private static Optional<Object> view(String name, DictView.Kind kind, Map<?, ?> map) {
    return method(
        name,
        (args, _) -> {
          args.bind(name, 0);
          return new DictView(kind, map);
        });
  }
}
