package io.quire.text.jinja;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.api.text.ChatTemplate.JsonNull;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the tests of templates share: inputs, plain values of JSON, and a clock that stands. */
final class Cases {
  /** The time that {@code render_templates.py} renders at. */
  static final Clock CLOCK =
      Clock.fixed(Instant.parse("2025-03-07T04:05:06.789012Z"), ZoneOffset.UTC);

  private static final ObjectMapper JSON = new ObjectMapper();

  private Cases() {}

  static JinjaChatTemplate compile(String source) {
    Map<String, String> tokens = Map.of("bos_token", "<s>", "eos_token", "</s>");
    return new JinjaChatTemplateFactory(CLOCK).compile(source, tokens);
  }

  /** Renders with the global functions and these variables. */
  static String render(String source, Map<String, Object> variables) {
    Map<String, Object> all = new LinkedHashMap<>();
    Globals.addTo(all);
    all.putAll(variables);
    return compile(source).render(all);
  }

  static String text(String file) {
    try (InputStream in = Cases.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new AssertionError("the test resource " + file + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Object plain(JsonNode node) {
    if (node.isObject()) {
      return map(node);
    }
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(plain(item)));
      return list;
    }
    if (node.isTextual()) {
      return node.asText();
    }
    if (node.isBoolean()) {
      return node.asBoolean();
    }
    if (node.isNull()) {
      return JsonNull.NULL;
    }
    return node.isIntegralNumber() ? (Object) node.asLong() : (Object) node.asDouble();
  }

  static Map<String, Object> map(JsonNode node) {
    Map<String, Object> map = new LinkedHashMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
    return map;
  }

  static List<Map<String, Object>> maps(JsonNode node) {
    List<Map<String, Object>> maps = new ArrayList<>();
    node.forEach(item -> maps.add(map(item)));
    return maps;
  }
}
