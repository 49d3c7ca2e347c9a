package io.quire.text.jinja;

import io.quire.api.text.ChatTemplate.JsonNull;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes JSON as Python's {@code json.dumps} does, with the arguments of transformers' tojson. */
final class Json {
  private final StringBuilder out = new StringBuilder();
  private final Budget budget;
  private final boolean ascii;
  private final boolean sorted;
  private final boolean indented;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;

  private Json(Args.Bound bound, Budget budget) {
    this.budget = budget;
    ascii = bound.truth(0, false);
    indented = bound.some(1);
    Object width = indented ? bound.get(1) : "";
    indent =
        Values.isText(width)
            ? Values.text(width, "")
            : Chars.repeat(" ", Values.index(width), budget);
    if (bound.some(2)) {
      List<Object> separators = Values.toList(bound.get(2), budget);
      if (separators.size() != 2) {
        throw Fault.value("separators are two strings, not " + separators.size());
      }
      itemSeparator = Values.text(separators.get(0), "a separator");
      keySeparator = Values.text(separators.get(1), "a separator");
    } else {
      itemSeparator = indented ? "," : ", ";
      keySeparator = ": ";
    }
    sorted = bound.truth(3, false);
  }

  static Object filter(Object value, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    Json json = new Json(bound, runtime.budget());
    json.write(value, 0);
    runtime.budget().text(json.out.length());
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    budget.step();
    Chars.checkLength(out.length());
    if (depth > Limits.DATA_DEPTH) {
      throw Fault.value("JSON nests deeper than " + Limits.DATA_DEPTH + " levels");
    }
    switch (value) {
      case String text -> writeString(text);
      case Markup markup -> writeString(markup.text());
      case JsonNull _ -> out.append("null");
      case Boolean bool -> out.append((boolean) bool);
      case Long number -> out.append((long) number);
      case Double number -> out.append(number(number));
      case Range _ -> throw refusal(value);
      case List<?> list -> writeList(list, depth);
      case Map<?, ?> map -> writeMap(map, depth);
      default -> throw refusal(value);
    }
  }

  private static Fault refusal(Object value) {
    return Fault.type("object of type " + Values.typeName(value) + " is not JSON serializable");
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    return PythonText.number(value);
  }

  private void newLine(int depth) {
    if (indented) {
      Chars.checkLength(out.length() + (long) indent.length() * depth);
      budget.scan((long) indent.length() * depth);
      out.append('\n').repeat(indent, depth);
    }
  }

  private void writeList(List<?> list, int depth) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    Iterator<?> items = list.iterator();
    while (items.hasNext()) {
      newLine(depth + 1);
      write(items.next(), depth + 1);
      if (items.hasNext()) {
        out.append(itemSeparator);
      }
    }
    newLine(depth);
    out.append(']');
  }

  private void writeMap(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = entries(map).iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      newLine(depth + 1);
      writeString(key(entry.getKey()));
      out.append(keySeparator);
      write(entry.getValue(), depth + 1);
      if (entries.hasNext()) {
        out.append(itemSeparator);
      }
    }
    newLine(depth);
    out.append('}');
  }

  private List<? extends Map.Entry<?, ?>> entries(Map<?, ?> map) {
    if (!sorted) {
      return new ArrayList<>(map.entrySet());
    }
    List<Comparing.Keyed> keyed = new ArrayList<>();
    map.entrySet().forEach(entry -> keyed.add(new Comparing.Keyed(entry.getKey(), entry)));
    List<Map.Entry<?, ?>> entries = new ArrayList<>();
    Comparing.sort(keyed, false, budget).forEach(entry -> entries.add((Map.Entry<?, ?>) entry));
    return entries;
  }

  private static String key(Object key) {
    return switch (key) {
      case String text -> text;
      case JsonNull _ -> "null";
      case Boolean bool -> bool.toString();
      case Long number -> number.toString();
      case Double number -> number(number);
      default ->
          throw Fault.type(
              "keys must be str, int, float, bool or None, not " + Values.typeName(key));
    };
  }

  private void writeString(String text) {
    budget.scan(text.length());
    Chars.checkLength(out.length() + (long) text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || (ascii && c > 0x7e)) {
            writeEscape(c);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private void writeEscape(char c) {
    String hex = Integer.toHexString(c);
    out.append("\\u").repeat("0", 4 - hex.length()).append(hex);
  }
}
