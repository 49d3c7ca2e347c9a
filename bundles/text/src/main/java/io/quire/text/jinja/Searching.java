package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The methods of strings that search and split. */
final class Searching {
  private Searching() {}

  static void addTo(Map<String, StringMethods.Method> methods) {
    methods.put("find", (text, args, runtime) -> find(text, args, false, runtime));
    methods.put("rfind", (text, args, runtime) -> find(text, args, true, runtime));
    methods.put("index", (text, args, runtime) -> found(find(text, args, false, runtime)));
    methods.put("rindex", (text, args, runtime) -> found(find(text, args, true, runtime)));
    methods.put("count", Searching::count);
    methods.put("split", (text, args, runtime) -> split(text, args, false, runtime));
    methods.put("rsplit", (text, args, runtime) -> split(text, args, true, runtime));
    methods.put(
        "splitlines",
        (text, args, runtime) ->
            Chars.lines(
                text, args.bind("splitlines", 0, "keepends").truth(0, false), runtime.budget()));
    methods.put("partition", (text, args, runtime) -> partition(text, args, false, runtime));
    methods.put("rpartition", (text, args, runtime) -> partition(text, args, true, runtime));
  }

  private static long found(long at) {
    if (at < 0) {
      throw Fault.value("substring not found");
    }
    return at;
  }

  /** Bounds of a search as offsets of chars, or an empty array if the start is beyond the end. */
  private static int[] bounds(String text, Args.Bound bound, Budget budget) {
    int length = Chars.length(text, budget);
    long start = bound.some(1) ? bound.integer(1, 0) : 0;
    long end = bound.some(2) ? bound.integer(2, length) : length;
    start = start < 0 ? Math.max(0, start + length) : start;
    end = Math.min(length, end < 0 ? Math.max(0, end + length) : end);
    if (start > end) {
      return new int[0];
    }
    int from = text.offsetByCodePoints(0, (int) start);
    return new int[] {from, text.offsetByCodePoints(from, (int) (end - start))};
  }

  private static long find(String text, Args args, boolean last, Runtime runtime) {
    Args.Bound bound = args.bind("find", 1, "sub", "start", "end");
    String part = Values.text(bound.get(0), "the substring");
    int[] bounds = bounds(text, bound, runtime.budget());
    if (bounds.length == 0) {
      return -1;
    }
    runtime.budget().search(text.length(), part.length());
    int at;
    if (last) {
      at = text.lastIndexOf(part, bounds[1] - part.length());
      at = at < bounds[0] ? -1 : at;
    } else {
      at = text.indexOf(part, bounds[0], bounds[1]);
      at = at + part.length() > bounds[1] ? -1 : at;
    }
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  private static Object count(String text, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("count", 1, "sub", "start", "end");
    String part = Values.text(bound.get(0), "the substring");
    int[] bounds = bounds(text, bound, runtime.budget());
    if (bounds.length == 0) {
      return 0L;
    }
    String within = text.substring(bounds[0], bounds[1]);
    if (part.isEmpty()) {
      return Chars.length(within, runtime.budget()) + 1L;
    }
    runtime.budget().search(within.length(), part.length());
    long count = 0;
    for (int at = within.indexOf(part); at >= 0; at = within.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  private static Object split(String text, Args args, boolean fromRight, Runtime runtime) {
    Args.Bound bound = args.bind("split", 0, "sep", "maxsplit");
    long limit = bound.integer(1, -1);
    long splits = limit < 0 ? Long.MAX_VALUE : limit;
    Budget budget = runtime.budget();
    budget.text(text.length());
    List<Object> parts;
    if (bound.some(0)) {
      String separator = Values.text(bound.get(0), "the separator");
      if (separator.isEmpty()) {
        throw Fault.value("empty separator");
      }
      budget.search(text.length(), separator.length());
      parts = fromRight ? last(text, separator, splits) : first(text, separator, splits);
    } else {
      parts = fromRight ? lastWords(text, splits) : firstWords(text, splits);
    }
    budget.items(parts.size());
    return parts;
  }

  private static List<Object> first(String text, String separator, long splits) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && parts.size() < splits) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<Object> last(String text, String separator, long splits) {
    List<Object> parts = new ArrayList<>();
    int to = text.length();
    int at = text.lastIndexOf(separator);
    while (at >= 0 && parts.size() < splits) {
      parts.add(text.substring(at + separator.length(), to));
      to = at;
      at = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
    }
    parts.add(text.substring(0, to));
    Collections.reverse(parts);
    return parts;
  }

  private static List<Object> firstWords(String text, long splits) {
    List<Object> parts = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < text.length() && Chars.isSpace(text.charAt(at))) {
        at++;
      }
      if (at == text.length()) {
        return parts;
      }
      if (parts.size() >= splits) {
        parts.add(text.substring(at));
        return parts;
      }
      int from = at;
      while (at < text.length() && !Chars.isSpace(text.charAt(at))) {
        at++;
      }
      parts.add(text.substring(from, at));
    }
  }

  private static List<Object> lastWords(String text, long splits) {
    List<Object> parts = new ArrayList<>();
    String rest = Chars.stripRight(text);
    int to = rest.length();
    while (to > 0) {
      if (parts.size() >= splits) {
        parts.add(rest.substring(0, to));
        break;
      }
      int from = to;
      while (from > 0 && !Chars.isSpace(rest.charAt(from - 1))) {
        from--;
      }
      parts.add(rest.substring(from, to));
      to = from;
      while (to > 0 && Chars.isSpace(rest.charAt(to - 1))) {
        to--;
      }
    }
    Collections.reverse(parts);
    return parts;
  }

  private static Object partition(String text, Args args, boolean last, Runtime runtime) {
    String separator = Values.text(args.bind("partition", 1, "sep").get(0), "the separator");
    if (separator.isEmpty()) {
      throw Fault.value("empty separator");
    }
    runtime.budget().search(text.length(), separator.length());
    runtime.budget().text(text.length());
    int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) {
      return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
    }
    String after = text.substring(at + separator.length());
    return Tuple.of(text.substring(0, at), separator, after);
  }
}
