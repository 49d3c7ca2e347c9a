package io.quire.text.huggingface;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.api.model.ModelFormatException;

/** JSON with limits, and members whose absence or type is explained. */
final class Json {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_TEXT = 4 << 20;

  static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(MAX_DEPTH)
                      .maxStringLength(MAX_TEXT)
                      .maxNameLength(65_536)
                      .maxNumberLength(100)
                      .build())
              .build());

  private Json() {}

  /** Parses a file whose root is an object. */
  static JsonNode parse(String text, String file) {
    try {
      JsonNode root = MAPPER.readTree(text);
      if (!root.isObject()) {
        throw new ModelFormatException(file + " is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw broken(file, e);
    }
  }

  /** The error for text that is no JSON, or exceeds the limits. */
  static ModelFormatException broken(String file, JsonProcessingException e) {
    return new ModelFormatException(
        file
            + " is broken"
            + (e.getLocation() == null
                ? ""
                : " at line "
                    + e.getLocation().getLineNr()
                    + ", column "
                    + e.getLocation().getColumnNr())
            + ": "
            + e.getOriginalMessage(),
        e);
  }

  /** Whether a member is missing or null. */
  static boolean absent(JsonNode node) {
    return node == null || node.isNull() || node.isMissingNode();
  }

  static boolean flag(JsonNode node, String key, boolean otherwise) {
    JsonNode value = node.path(key);
    if (absent(value)) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw wrong(node, key, "true or false");
    }
    return value.booleanValue();
  }

  static String text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isTextual()) {
      throw wrong(node, key, "a text");
    }
    return value.textValue();
  }

  static String text(JsonNode node, String key, String otherwise) {
    return absent(node.path(key)) ? otherwise : text(node, key);
  }

  static int number(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(node, key, "a whole number of 32 bits");
    }
    return value.intValue();
  }

  static JsonNode list(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isArray()) {
      throw wrong(node, key, "a list");
    }
    return value;
  }

  /** The error for an element that nothing here can execute. */
  static ModelFormatException unsupported(String element, String what) {
    return new ModelFormatException(
        "tokenizer.json: "
            + element
            + " "
            + what
            + " is not supported; without it tokens would be wrong");
  }

  private static ModelFormatException wrong(JsonNode node, String key, String wanted) {
    return new ModelFormatException("\"" + key + "\" should be " + wanted + " in " + excerpt(node));
  }

  /** The beginning of a value, for messages. */
  static String excerpt(JsonNode node) {
    // A large value is not written out only to show its beginning.
    String text = node.size() > 20 ? node.getNodeType() + " of " + node.size() : node.toString();
    return text.length() > 160 ? text.substring(0, 160) + "..." : text;
  }
}
