package io.quire.http.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.http.exchange.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;

/** The fields of a JSON object, each read with its type and its bounds. {@code null} is absent. */
final class Fields {
  private final ObjectNode object;
  private final String path;

  Fields(ObjectNode object) {
    this(object, "");
  }

  private Fields(ObjectNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /** {@return the object} */
  ObjectNode object() {
    return object;
  }

  /** {@return the field's name as the client knows it, such as {@code stream_options.n}} */
  String name(String field) {
    return path + field;
  }

  Optional<JsonNode> find(String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  boolean flag(String field, boolean fallback) {
    return find(field)
        .map(value -> {
          require(value.isBoolean(), field, value, "true or false");
          return value.booleanValue();
        })
        .orElse(fallback);
  }

  String text(String field, String fallback, int maxLength) {
    return find(field).map(value -> text(name(field), value, maxLength)).orElse(fallback);
  }

  long integer(String field, long fallback, long min, long max) {
    return find(field).map(value -> integer(name(field), value, min, max)).orElse(fallback);
  }

  int integer(String field, int fallback, int min, int max) {
    return (int) integer(field, (long) fallback, (long) min, (long) max);
  }

  float number(String field, float fallback, float min, float max) {
    return find(field).map(value -> number(name(field), value, min, max)).orElse(fallback);
  }

  Optional<Fields> child(String field) {
    return find(field)
        .map(value -> {
          require(value.isObject(), field, value, "an object");
          return new Fields((ObjectNode) value, name(field) + ".");
        });
  }

  /** Reads a list; absent is empty. */
  <T> List<T> list(String field, int maxItems, BiFunction<String, JsonNode, T> item) {
    Optional<JsonNode> value = find(field);
    if (value.isEmpty()) {
      return List.of();
    }
    require(value.get().isArray(), field, value.get(), "a list");
    return list(name(field), value.get(), maxItems, item);
  }

  static <T> List<T> list(
      String name, JsonNode list, int maxItems, BiFunction<String, JsonNode, T> item) {
    if (list.size() > maxItems) {
      throw ApiException.invalid(
          name, name + " has " + list.size() + " items, but at most " + maxItems + " are allowed");
    }
    List<T> items = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      items.add(item.apply(name + "[" + i + "]", list.get(i)));
    }
    return items;
  }

  static String text(String name, JsonNode value, int maxLength) {
    requireType(value.isTextual(), name, value, "a string");
    String text = value.textValue();
    if (text.length() > maxLength) {
      throw ApiException.invalid(
          name,
          name + " has " + text.length() + " characters, but at most " + maxLength + " are read");
    }
    return text;
  }

  static long integer(String name, JsonNode value, long min, long max) {
    requireType(value.isNumber(), name, value, "an integer");
    boolean whole = value.canConvertToExactIntegral() && value.canConvertToLong();
    requireType(whole, name, value, "an integer of at most 64 bits");
    long number = value.longValue();
    if (number < min || number > max) {
      throw ApiException.invalid(
          name, name + " is " + number + " but must be between " + min + " and " + max);
    }
    return number;
  }

  static float number(String name, JsonNode value, float min, float max) {
    requireType(value.isNumber(), name, value, "a number");
    double number = value.doubleValue();
    if (!(number >= min && number <= max)) {
      throw ApiException.invalid(
          name,
          String.format(
              Locale.ROOT, "%s is %s but must be between %s and %s", name, number, min, max));
    }
    return (float) number;
  }

  /** Refuses a field that would change the answer and is not offered. */
  void refuse(String field, String remedy) {
    if (find(field).isPresent()) {
      throw ApiException.invalid(
          name(field), name(field) + " is not offered by this server; " + remedy);
    }
  }

  private void require(boolean condition, String field, JsonNode value, String wanted) {
    requireType(condition, name(field), value, wanted);
  }

  static void requireType(boolean condition, String name, JsonNode value, String wanted) {
    if (!condition) {
      throw ApiException.invalid(name, name + " must be " + wanted + ", but it is " + kind(value));
    }
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case STRING -> "a string";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
      case NUMBER -> "the number " + shortened(value.asText());
      default -> "something else";
    };
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }
}
