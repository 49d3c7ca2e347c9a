package io.quire.http.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.text.ChatTemplate;
import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the messages of a conversation into the plain values that a chat template works on. */
final class Messages {
  /** Most messages of a conversation. */
  static final int MAX_MESSAGES = 4096;

  private static final int MAX_PARTS = 1024;
  private static final int MAX_ROLE = 64;

  private Messages() {}

  static List<Map<String, Object>> read(Fields f) {
    List<Map<String, Object>> messages = f.list("messages", MAX_MESSAGES, Messages::message);
    if (messages.isEmpty()) {
      throw ApiException.invalid(
          "messages", "messages is missing or empty; give at least one message");
    }
    return messages;
  }

  private static Map<String, Object> message(String name, JsonNode value) {
    Fields.requireType(value.isObject(), name, value, "an object");
    if (!value.has("role")) {
      throw ApiException.invalid(name + ".role", name + ".role is missing, such as \"user\"");
    }
    String role = Fields.text(name + ".role", value.get("role"), MAX_ROLE);
    Map<String, Object> message = new LinkedHashMap<>();
    value.properties().forEach(entry -> message.put(entry.getKey(), plain(entry.getValue())));
    message.put("content", content(name + ".content", role, value.get("content")));
    if (value.hasNonNull("tool_calls")) {
      message.put("tool_calls", toolCalls(name + ".tool_calls", value.get("tool_calls")));
    } else {
      message.remove("tool_calls");
    }
    return message;
  }

  /** A text, or parts of text, which are joined by line ends as vLLM does. */
  private static String content(String name, String role, JsonNode value) {
    if (value == null || value.isNull()) {
      if (role.equals("assistant")) {
        return "";
      }
      throw ApiException.invalid(
          name, name + " is missing; a message of the " + role + " needs it");
    }
    if (value.isTextual()) {
      return value.textValue();
    }
    Fields.requireType(value.isArray(), name, value, "a string or a list of text parts");
    return String.join("\n", Fields.list(name, value, MAX_PARTS, Messages::part));
  }

  private static String part(String name, JsonNode value) {
    if (value.isTextual()) {
      return value.textValue();
    }
    Fields.requireType(value.isObject(), name, value, "a part such as {\"type\": \"text\"}");
    String type = value.path("type").asText("");
    if (!type.equals("text") && !type.equals("refusal")) {
      throw ApiException.invalid(
          name + ".type",
          name
              + ".type is '"
              + (type.length() <= 40 ? type : type.substring(0, 40) + "...")
              + "', but only parts of type 'text' are offered");
    }
    return Fields.text(name + "." + type, value.path(type), Json.MAX_BYTES);
  }

  /**
   * Templates expect a call's arguments as an object, where OpenAI has them as JSON in a string.
   */
  private static Object toolCalls(String name, JsonNode value) {
    Fields.requireType(value.isArray(), name, value, "a list");
    JsonNode calls = value.deepCopy();
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).get("function") instanceof ObjectNode function
          && function.path("arguments").isTextual()) {
        String field = name + "[" + i + "].function.arguments";
        String text = function.get("arguments").textValue();
        JsonNode arguments =
            text.isBlank()
                ? Json.object()
                : Json.read(text.getBytes(StandardCharsets.UTF_8), field);
        Fields.requireType(arguments.isObject(), field, arguments, "a JSON object in a string");
        function.set("arguments", arguments);
      }
    }
    return plain(calls);
  }

  /** {@return the value in {@link ChatTemplate}'s terms} */
  static Object plain(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> {
        List<Object> list = new ArrayList<>(value.size());
        value.forEach(item -> list.add(plain(item)));
        yield list;
      }
      case OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        value.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
        yield map;
      }
      case BOOLEAN -> value.booleanValue();
      case NUMBER ->
          value.isIntegralNumber() && value.canConvertToLong()
              ? (Object) value.longValue()
              : (Object) value.doubleValue();
      case STRING -> value.textValue();
      default -> ChatTemplate.JsonNull.NULL;
    };
  }
}
