package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.model.ModelFormatException;
import io.quire.text.normalize.TextNormalizer;
import io.quire.text.split.Patterns;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the member {@code normalizer}. */
final class NormalizerReader {
  /** Bounds how much a replacement can lengthen a text. */
  private static final int MAX_CONTENT = 64;

  private NormalizerReader() {}

  static TextNormalizer read(JsonNode node) {
    if (Json.absent(node)) {
      return TextNormalizer.NONE;
    }
    String type = Json.text(node, "type");
    return switch (type) {
      case "Sequence" -> sequence(node);
      case "NFC", "NFD", "NFKC", "NFKD" -> TextNormalizer.unicode(Normalizer.Form.valueOf(type));
      case "Lowercase" -> TextNormalizer.lowerCase();
      case "Prepend" -> TextNormalizer.prepend(content(node, "prepend"));
      case "Strip" ->
          TextNormalizer.strip(
              Json.flag(node, "strip_left", true), Json.flag(node, "strip_right", true));
      case "Replace" -> TextNormalizer.replace(pattern(node), content(node, "content"));
      default -> throw Json.unsupported("normalizer", type);
    };
  }

  private static TextNormalizer sequence(JsonNode node) {
    List<TextNormalizer> steps = new ArrayList<>();
    for (JsonNode step : Json.list(node, "normalizers")) {
      steps.add(read(step));
    }
    return TextNormalizer.sequence(steps);
  }

  /** The member {@code pattern}: a String to find as it is, or a Regex. */
  static Pattern pattern(JsonNode node) {
    JsonNode pattern = node.path("pattern");
    if (pattern.has("Regex")) {
      return Patterns.compile(Json.text(pattern, "Regex"));
    }
    String literal = Json.text(pattern, "String");
    if (literal.isEmpty()) {
      throw new ModelFormatException("tokenizer.json: a pattern is empty");
    }
    return Patterns.literal(literal);
  }

  private static String content(JsonNode node, String key) {
    String content = Json.text(node, key);
    if (content.length() > MAX_CONTENT) {
      throw new ModelFormatException(
          "tokenizer.json: a normalizer's \""
              + key
              + "\" has "
              + content.length()
              + " characters; at most "
              + MAX_CONTENT
              + " are accepted");
    }
    return content;
  }
}
