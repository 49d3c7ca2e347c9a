package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.model.ModelFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * The member {@code post_processor}: the tokens around a prompt.
 *
 * @param before ids before it
 * @param after ids after it
 * @param stated whether the file says anything about it
 */
record Surroundings(List<Integer> before, List<Integer> after, boolean stated) {
  private static final int MAX_TOKENS = 1024;
  private static final Surroundings UNSTATED = new Surroundings(List.of(), List.of(), false);

  static Surroundings read(JsonNode node) {
    if (Json.absent(node)) {
      return UNSTATED;
    }
    String type = Json.text(node, "type");
    return switch (type) {
      case "ByteLevel" -> UNSTATED;
      case "TemplateProcessing" -> template(node);
      case "BertProcessing", "RobertaProcessing" ->
          new Surroundings(List.of(second(node, "cls")), List.of(second(node, "sep")), true);
      case "Sequence" -> sequence(node);
      default -> throw Json.unsupported("post_processor", type);
    };
  }

  private static Surroundings sequence(JsonNode node) {
    Surroundings all = UNSTATED;
    for (JsonNode step : Json.list(node, "processors")) {
      Surroundings next = read(step);
      if (all.stated() && next.stated()) {
        throw Json.unsupported("post_processor", "Sequence of several that add tokens");
      }
      all = next.stated() ? next : all;
    }
    return all;
  }

  private static Surroundings template(JsonNode node) {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    boolean seen = false;
    for (JsonNode piece : Json.list(node, "single")) {
      if (piece.has("Sequence")) {
        if (seen) {
          throw Json.unsupported("post_processor", "template with two texts");
        }
        seen = true;
      } else {
        String name = Json.text(piece.path("SpecialToken"), "id");
        JsonNode token = node.path("special_tokens").path(name);
        List<Integer> side = seen ? after : before;
        for (JsonNode id : Json.list(token, "ids")) {
          side.add(id(id));
        }
      }
    }
    if (before.size() + after.size() > MAX_TOKENS) {
      throw new ModelFormatException(
          "tokenizer.json: post_processor adds "
              + (before.size() + after.size())
              + " tokens to every prompt; at most "
              + MAX_TOKENS
              + " are accepted");
    }
    return new Surroundings(before, after, true);
  }

  private static int second(JsonNode node, String key) {
    return id(Json.list(node, key).path(1));
  }

  private static int id(JsonNode id) {
    if (!id.isIntegralNumber() || !id.canConvertToInt()) {
      throw new ModelFormatException(
          "tokenizer.json: post_processor names a token by "
              + Json.excerpt(id)
              + ", not by its id");
    }
    return id.intValue();
  }
}
