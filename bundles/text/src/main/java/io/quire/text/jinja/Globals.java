package io.quire.text.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
final class Globals {
  private Globals() {}

  static void addTo(Map<String, Object> variables) {
    add(variables, "range", Globals::range);
    add(variables, "dict", Globals::dict);
    add(variables, "namespace", Globals::namespace);
    add(variables, "cycler", (args, _) -> new Cycler(args.positional()));
    add(variables, "joiner", Globals::joiner);
    add(variables, "raise_exception", Globals::raise);
    add(variables, "strftime_now", Globals::strftimeNow);
  }

  private static void add(Map<String, Object> variables, String name, Function.Body body) {
    variables.put(name, new Function(name, body));
  }

  private static Object range(Args args, Runtime runtime) {
    Args.Bound bound = args.bind("range", 1, "start", "stop", "step");
    runtime.budget().step();
    return bound.has(1)
        ? new Range(bound.integer(0, 0), bound.integer(1, 0), bound.integer(2, 1))
        : new Range(0, bound.integer(0, 0), 1);
  }

  private static Map<Object, Object> dict(Args args, Runtime runtime) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (args.positional().size() > 1) {
      throw Fault.type("dict expected at most 1 argument");
    }
    for (Object source : args.positional()) {
      if (source instanceof Map<?, ?> other) {
        runtime.budget().items(other.size());
        map.putAll(other);
      } else {
        addPairs(map, source, runtime.budget());
      }
    }
    map.putAll(args.named());
    return map;
  }

  private static void addPairs(Map<Object, Object> map, Object source, Budget budget) {
    for (Object item : Values.toList(source, budget)) {
      List<Object> pair = Values.toList(item, budget);
      if (pair.size() != 2) {
        throw Fault.value("dictionary update sequence: an element has length " + pair.size());
      }
      Dicts.put(map, pair.get(0), pair.get(1), budget);
    }
  }

  private static Object namespace(Args args, Runtime runtime) {
    Namespace namespace = new Namespace();
    dict(args, runtime)
        .forEach((key, value) -> namespace.set(Values.text(key, "a namespace's key"), value));
    return namespace;
  }

  private static Object joiner(Args args, Runtime runtime) {
    String separator = PythonText.str(args.bind("joiner", 0, "sep").get(0, ", "), runtime.budget());
    List<Object> used = new ArrayList<>();
    return new Function(
        "joiner",
        (more, _) -> {
          more.bind("joiner", 0);
          boolean first = used.isEmpty();
          if (first) {
            used.add(true);
          }
          return first ? "" : separator;
        });
  }

  private static Object raise(Args args, Runtime runtime) {
    Object message = args.bind("raise_exception", 1, "message").get(0);
    throw new Fault(
        "the template refuses this conversation: " + PythonText.str(message, runtime.budget()));
  }

  private static Object strftimeNow(Args args, Runtime runtime) {
    String format =
        Values.text(args.bind("strftime_now", 1, "format").get(0), "strftime() argument 1");
    return Strftime.format(format, LocalDateTime.now(runtime.clock()), runtime.budget());
  }
}
