package io.quire.http.exchange;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Strict, bounded JSON. */
public final class Json {
  /** Most bytes of a request body. */
  public static final int MAX_BYTES = 8 << 20;

  /** Most objects and arrays inside each other. */
  public static final int MAX_DEPTH = 64;

  /**
   * Most values of a body: a token list of a million ids and as many commas' worth of structure.
   */
  static final int MAX_TOKENS = 2_000_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxDocumentLength(MAX_BYTES)
                          .maxStringLength(MAX_BYTES)
                          .maxNumberLength(64)
                          .maxNameLength(1024)
                          .maxTokenCount(MAX_TOKENS)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /** {@return a new object} */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /**
   * Reads a request body.
   *
   * @param body its bytes
   * @return its object
   * @throws ApiException if it is no JSON object, or exceeds a limit
   */
  public static ObjectNode readObject(byte[] body) {
    JsonNode node = read(body, "the body");
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw ApiException.invalid(
        "",
        "the body must be a JSON object, such as {\"model\": \"...\"}, but it is something else");
  }

  /**
   * Reads a JSON text.
   *
   * @param text its bytes
   * @param what what it is, for the message
   * @return its value
   * @throws ApiException if it is no JSON, or exceeds a limit
   */
  public static JsonNode read(byte[] text, String what) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      String place =
          e.getLocation() == null
              ? ""
              : " (line " + e.getLocation().getLineNr() + ", column " + column(e) + ")";
      throw ApiException.invalid(
          "", what + " is not acceptable JSON: " + e.getOriginalMessage() + place);
    } catch (IOException e) {
      throw ApiException.invalid("", what + " is not JSON in UTF-8: " + e.getMessage());
    }
  }

  private static int column(JsonProcessingException e) {
    return e.getLocation().getColumnNr();
  }

  /**
   * Writes a value.
   *
   * @param node the value
   * @return UTF-8; half a surrogate pair, which a request may contain as an escape, becomes '?'
   */
  public static byte[] bytes(JsonNode node) {
    return text(node).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Writes a value.
   *
   * @param node the value
   * @return one line
   */
  public static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values could not be written", e);
    }
  }

  /**
   * The error envelope.
   *
   * @param e the error
   * @return as OpenAI has it
   */
  public static ObjectNode error(ApiException e) {
    ObjectNode envelope = object();
    ObjectNode error = envelope.putObject("error");
    error.put("message", e.getMessage());
    error.put("type", e.type());
    error.put("param", e.param().isEmpty() ? null : e.param());
    error.put("code", e.code().isEmpty() ? null : e.code());
    return envelope;
  }
}
