package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Filters of sequences that keep their order. */
final class SequenceFilters {
  private SequenceFilters() {}

  static void addTo(Map<String, Filters.Filter> filters) {
    filters.put("length", SequenceFilters::length);
    filters.put("count", SequenceFilters::length);
    filters.put("first", SequenceFilters::first);
    filters.put("last", SequenceFilters::last);
    filters.put("join", SequenceFilters::join);
    filters.put("reverse", SequenceFilters::reverse);
    filters.put("batch", SequenceFilters::batch);
    filters.put("slice", SequenceFilters::slice);
    filters.put("items", SequenceFilters::items);
    filters.put(
        "list",
        (value, args, runtime) -> {
          args.bind("list", 0);
          return Values.toList(value, runtime.budget());
        });
  }

  private static Lazy lazy(String type, Iterator<Object> iterator, Runtime runtime) {
    return new Lazy(type, iterator, runtime.budget());
  }

  private static Object length(Object value, Args args, Runtime runtime) {
    args.bind("length", 0);
    return Values.length(value, runtime.budget())
        .orElseThrow(() ->
            Fault.type(
                "object of type " + PythonText.quote(Values.typeName(value)) + " has no length"));
  }

  private static Object first(Object value, Args args, Runtime runtime) {
    args.bind("first", 0);
    Iterator<Object> items = Values.iterate(value, runtime.budget());
    return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
  }

  private static Object last(Object value, Args args, Runtime runtime) {
    args.bind("last", 0);
    Iterator<Object> items = reversed(value, runtime);
    return items.hasNext() ? items.next() : new Undefined("No last item, sequence was empty.");
  }

  /** Python's {@code reversed}. */
  private static Iterator<Object> reversed(Object value, Runtime runtime) {
    boolean sized = value instanceof Collection || value instanceof Map;
    if (!sized && !Values.isText(value) && !(value instanceof Undefined)) {
      throw Fault.type(PythonText.quote(Values.typeName(value)) + " object is not reversible");
    }
    if (value instanceof List<?> list) {
      return Collections.<Object>unmodifiableList(list).reversed().iterator();
    }
    return Values.toList(value, runtime.budget()).reversed().iterator();
  }

  private static Object reverse(Object value, Args args, Runtime runtime) {
    args.bind("reverse", 0);
    if (Values.isText(value)) {
      return Access.item(value, new Slice(Values.NONE, Values.NONE, -1L), runtime);
    }
    if (value instanceof Lazy || value instanceof LoopContext) {
      return Values.toList(value, runtime.budget()).reversed();
    }
    return lazy("list_reverseiterator", reversed(value, runtime), runtime);
  }

  private static Object join(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("join", 0, "d", "attribute");
    Budget budget = runtime.budget();
    String separator = PythonText.str(bound.get(0, ""), budget);
    Attributes attribute = Attributes.of(bound.get(1, Values.NONE), runtime);
    StringBuilder out = new StringBuilder();
    Iterator<Object> items = Values.iterate(value, budget);
    for (boolean first = true; items.hasNext(); first = false) {
      budget.step();
      String item = PythonText.str(attribute.get(items.next()), budget);
      Chars.checkLength((long) out.length() + separator.length() + item.length());
      budget.text((long) separator.length() + item.length());
      out.append(first ? "" : separator).append(item);
    }
    return out.toString();
  }

  private static Object batch(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("batch", 1, "linecount", "fill_with");
    long size = bound.integer(0, 0);
    Budget budget = runtime.budget();
    Iterator<Object> items = Values.iterate(value, budget);
    List<Object> batches = new ArrayList<>();
    List<Object> batch = new ArrayList<>();
    while (items.hasNext()) {
      budget.step();
      if (batch.size() == size) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(items.next());
    }
    if (!batch.isEmpty()) {
      if (bound.some(1) && batch.size() < size) {
        budget.items(size);
        batch.addAll(Collections.nCopies((int) (size - batch.size()), bound.get(1)));
      }
      batches.add(batch);
    }
    return lazy("generator", batches.iterator(), runtime);
  }

  private static Object slice(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("slice", 1, "slices", "fill_with");
    long slices = bound.integer(0, 0);
    if (slices == 0) {
      throw new Fault("slice(0): division by zero");
    }
    List<Object> all = Values.toList(value, runtime.budget());
    runtime.budget().items(Math.max(0, slices));
    List<Object> result = new ArrayList<>();
    long each = all.size() / slices;
    long longer = all.size() % slices;
    int at = 0;
    for (long i = 0; i < slices; i++) {
      runtime.budget().step();
      int end = (int) (at + each + (i < longer ? 1 : 0));
      List<Object> part = new ArrayList<>(all.subList(at, end));
      if (bound.some(1) && i >= longer) {
        part.add(bound.get(1));
      }
      result.add(part);
      at = end;
    }
    return lazy("generator", result.iterator(), runtime);
  }

  private static Object items(Object value, Args args, Runtime runtime) {
    args.bind("items", 0);
    if (value instanceof Undefined) {
      return lazy("generator", Collections.emptyIterator(), runtime);
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw Fault.type("only mappings have items, not " + Values.typeName(value));
    }
    return lazy("generator", new DictView(DictView.Kind.ITEMS, map).iterator(), runtime);
  }
}
