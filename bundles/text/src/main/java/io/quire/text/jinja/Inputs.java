package io.quire.text.jinja;

import io.quire.api.text.ChatTemplateException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies what a caller passes in, so that templates see plain values of known types only. */
final class Inputs {
  private Inputs() {}

  static Object copy(Object value) {
    return copy(value, 0);
  }

  private static Object copy(Object value, int depth) {
    if (depth > Limits.DATA_DEPTH) {
      throw new ChatTemplateException(
          "the conversation nests deeper than " + Limits.DATA_DEPTH + " levels; send it flatter");
    }
    return switch (value) {
      case String text -> text;
      case Boolean bool -> bool;
      case Long number -> number;
      case Double number -> number;
      case Integer number -> (long) number;
      case Float number -> (double) number;
      case List<?> list -> {
        List<Object> copy = new ArrayList<>(list.size());
        for (Object item : list) {
          copy.add(copy(item, depth + 1));
        }
        yield copy;
      }
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, item) -> copy.put(String.valueOf(key), copy(item, depth + 1)));
        yield copy;
      }
      case null -> Values.NONE;
      default -> {
        if (value == Values.NONE) {
          yield value;
        }
        throw new ChatTemplateException(
            "a value is neither text, number, boolean, list, mapping nor null; it was not rendered");
      }
    };
  }
}
