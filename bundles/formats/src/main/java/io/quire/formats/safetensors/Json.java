package io.quire.formats.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.quire.formats.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Strict JSON with bounds on everything, read token by token. Whoever collects members refuses
 * duplicates; the parser's own check would remember every name of a part that is only skipped.
 */
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxNumberLength(64)
                  .maxNameLength(4096)
                  .maxStringLength(1 << 20)
                  .build())
          // Its table of names is open to collisions made on purpose.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private Json() {}

  /** Reads one value with a parser that stands on its first token. */
  interface Reader<T> {
    T read(JsonParser parser) throws IOException;
  }

  /**
   * Reads a document that is one object and nothing else.
   *
   * @throws io.quire.api.model.ModelFormatException if it is anything else, with line and column
   */
  static <T> T read(Source source, byte[] document, Reader<T> reader) {
    try (JsonParser parser = FACTORY.createParser(document)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw source.error("does not begin with a JSON object; the file is damaged");
      }
      T value = reader.read(parser);
      if (parser.nextToken() != null) {
        throw source.error("goes on after its JSON object; the file is damaged");
      }
      return value;
    } catch (IOException e) {
      throw source.error("is not the JSON expected here: " + Source.quote(e.getMessage()), e);
    }
  }

  /** An object as plain values; members that are null are left out. */
  static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_NULL && members.put(name, value(parser)) != null) {
        throw new JsonParseException(parser, "member " + name + " occurs twice");
      }
    }
    return members;
  }

  /** The next token as text. */
  static String string(JsonParser parser, Source source, String what) throws IOException {
    if (parser.nextToken() != JsonToken.VALUE_STRING) {
      throw source.error(what + " is no text; the file is damaged");
    }
    return parser.getText();
  }

  private static List<Object> array(JsonParser parser) throws IOException {
    List<Object> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NULL) {
        values.add(value(parser));
      }
    }
    return values;
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NUMBER_INT -> wholeNumber(parser);
      default -> parser.getDoubleValue();
    };
  }

  private static Object wholeNumber(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT, LONG -> parser.getLongValue();
      default -> parser.getDoubleValue();
    };
  }
}
