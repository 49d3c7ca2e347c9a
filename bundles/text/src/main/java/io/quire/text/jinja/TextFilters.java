package io.quire.text.jinja;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters of text. */
final class TextFilters {
  private TextFilters() {}

  static void addTo(Map<String, Filters.Filter> filters) {
    text(filters, "upper", text -> text.toUpperCase(Locale.ROOT));
    text(filters, "lower", text -> text.toLowerCase(Locale.ROOT));
    text(filters, "capitalize", StringMethods::capitalize);
    filters.put(
        "title", (value, args, runtime) -> title(plain(value, args.bind("title", 0), runtime)));
    filters.put("trim", TextFilters::trim);
    filters.put("replace", TextFilters::replace);
    filters.put("indent", TextFilters::indent);
    filters.put("center", TextFilters::center);
    filters.put("truncate", TextFilters::truncate);
    filters.put("wordcount", (value, args, runtime) -> words(value, args, runtime));
    filters.put("format", TextFilters::format);
    filters.put("urlencode", TextFilters::urlencode);
    filters.put(
        "string",
        (value, args, runtime) -> {
          args.bind("string", 0);
          return value instanceof Markup ? value : PythonText.str(value, runtime.budget());
        });
    filters.put(
        "safe",
        (value, args, runtime) -> {
          args.bind("safe", 0);
          return new Markup(PythonText.str(value, runtime.budget()));
        });
    filters.put(
        "escape",
        (value, args, runtime) -> {
          args.bind("escape", 0);
          return Markup.escape(value, runtime);
        });
    filters.put("e", filters.get("escape"));
    filters.put(
        "forceescape",
        (value, args, runtime) -> {
          args.bind("forceescape", 0);
          return Markup.forced(PythonText.str(value, runtime.budget()), runtime);
        });
  }

  /** A filter without arguments from text to text, which keeps the mark of marked text. */
  private static void text(
      Map<String, Filters.Filter> filters, String name, UnaryOperator<String> change) {
    filters.put(
        name,
        (value, args, runtime) ->
            keep(value, change.apply(plain(value, args.bind(name, 0), runtime))));
  }

  private static String plain(Object value, Args.Bound bound, Runtime runtime) {
    String text = PythonText.str(value, runtime.budget());
    runtime.budget().text(bound == null ? 0 : text.length());
    return text;
  }

  private static Object keep(Object value, String text) {
    return value instanceof Markup ? new Markup(text) : text;
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean start = true;
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      String one = Character.toString(c);
      boolean separator = Chars.isSpace(c) || "-({[<".indexOf(c) >= 0;
      out.append(start && !separator ? one.toUpperCase(Locale.ROOT) : one);
      if (start && !separator) {
        start = false;
        int end = wordEnd(text, at + one.length());
        out.append(text.substring(at + one.length(), end).toLowerCase(Locale.ROOT));
        at = end;
      } else {
        at += one.length();
        start = true;
      }
    }
    return out.toString();
  }

  private static int wordEnd(String text, int from) {
    int end = from;
    while (end < text.length()
        && !Chars.isSpace(text.charAt(end))
        && "-({[<".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  private static Object trim(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("trim", 0, "chars");
    String text = PythonText.str(value, runtime.budget());
    Args chars = bound.some(0) ? Args.of(bound.get(0)) : Args.NONE;
    Function strip = (Function) StringMethods.find(text, "strip").orElseThrow();
    return keep(value, (String) strip.call(chars, runtime));
  }

  private static Object replace(Object value, Args args, Runtime runtime) {
    Budget budget = runtime.budget();
    Args.Bound bound = args.bind("replace", 2, "old", "new", "count");
    long count = bound.some(2) ? bound.integer(2, -1) : -1;
    return Chars.replace(
        PythonText.str(value, budget),
        PythonText.str(bound.get(0), budget),
        PythonText.str(bound.get(1), budget),
        count,
        budget);
  }

  private static Object indent(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("indent", 0, "width", "first", "blank");
    Budget budget = runtime.budget();
    Object width = bound.get(0, 4L);
    String indent =
        Values.isText(width)
            ? Values.text(width, "")
            : Chars.repeat(" ", Values.index(width), budget);
    List<Object> lines = Chars.lines(Values.text(value, "what is indented") + "\n", false, budget);
    StringBuilder out = new StringBuilder(bound.truth(1, false) ? indent : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      boolean indented = i > 0 && (bound.truth(2, false) || !line.isEmpty());
      Chars.checkLength((long) out.length() + line.length() + indent.length());
      budget.text((long) line.length() + indent.length());
      out.append(i > 0 ? "\n" : "").append(indented ? indent : "").append(line);
    }
    return keep(value, out.toString());
  }

  private static Object center(Object value, Args args, Runtime runtime) {
    long width = args.bind("center", 0, "width").integer(0, 80);
    return keep(value, Padding.center(PythonText.str(value, runtime.budget()), width, runtime));
  }

  private static Object truncate(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("truncate", 0, "length", "killwords", "end", "leeway");
    Budget budget = runtime.budget();
    String end = Values.text(bound.get(2, "..."), "the end");
    long length = bound.integer(0, 255);
    long leeway = bound.some(3) ? bound.integer(3, 5) : 5;
    long endLength = Chars.length(end, budget);
    if (length < endLength || leeway < 0) {
      throw Fault.value("truncate(): the length is shorter than the end, or the leeway negative");
    }
    long size =
        Values.length(value, budget)
            .orElseThrow(() -> Fault.type(Values.typeName(value) + " has no length"));
    // Both are below the length of a string, except in hostile arguments.
    if (length >= size || leeway >= size - length) {
      return value;
    }
    String text = Values.text(value, "what is truncated");
    String cut = new Slice(Values.NONE, length - endLength, Values.NONE).take(text, budget);
    int space = cut.lastIndexOf(' ');
    if (!bound.truth(1, false) && space >= 0) {
      cut = cut.substring(0, space);
    }
    return Chars.concat(cut, end, budget);
  }

  private static Object words(Object value, Args args, Runtime runtime) {
    String text = plain(value, args.bind("wordcount", 0), runtime);
    long words = 0;
    boolean within = false;
    for (int c : text.codePoints().toArray()) {
      boolean part = c == '_' || CharTests.isAlphaNumeric(c);
      words += part && !within ? 1 : 0;
      within = part;
    }
    return words;
  }

  private static Object format(Object value, Args args, Runtime runtime) {
    if (!args.positional().isEmpty() && !args.named().isEmpty()) {
      throw new Fault("format: positional and keyword arguments at the same time");
    }
    Object values = args.named().isEmpty() ? new Tuple(args.positional()) : args.named();
    return PercentFormat.format(PythonText.str(value, runtime.budget()), values, runtime);
  }

  private static Object urlencode(Object value, Args args, Runtime runtime) {
    args.bind("urlencode", 0);
    Budget budget = runtime.budget();
    if (Values.isText(value) || !Values.isIterable(value)) {
      return quote(PythonText.str(value, budget), false, budget);
    }
    Object pairs = value instanceof Map<?, ?> map ? new DictView(DictView.Kind.ITEMS, map) : value;
    StringBuilder out = new StringBuilder();
    for (Object item : Values.toList(pairs, budget)) {
      List<Object> pair = Values.toList(item, budget);
      if (pair.size() != 2) {
        throw Fault.value("urlencode: expected pairs of key and value");
      }
      out.append(out.isEmpty() ? "" : "&");
      out.append(quote(PythonText.str(pair.get(0), budget), true, budget)).append('=');
      out.append(quote(PythonText.str(pair.get(1), budget), true, budget));
      Chars.checkLength(out.length());
    }
    return out.toString();
  }

  private static String quote(String text, boolean query, Budget budget) {
    budget.text(text.length() * 3L);
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter || "_.-~".indexOf(c) >= 0 || (c == '/' && !query)) {
        out.append(c);
      } else if (c == ' ' && query) {
        out.append('+');
      } else {
        out.append('%').append("0123456789ABCDEF".charAt(c >> 4));
        out.append("0123456789ABCDEF".charAt(c & 15));
      }
    }
    return out.toString();
  }
}
