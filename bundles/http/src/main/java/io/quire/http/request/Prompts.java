package io.quire.http.request;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.engine.Prompt;
import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Json;
import java.util.List;

/** Reads the prompts of a completion: text, token ids, or a list of either. */
final class Prompts {
  /** Most prompts of one request. */
  static final int MAX_PROMPTS = 64;

  private Prompts() {}

  static List<Prompt> read(Fields f, boolean addSpecial) {
    JsonNode value =
        f.find("prompt")
            .orElseThrow(() ->
                ApiException.invalid(
                    "prompt", "prompt is missing; give a text, token ids, or a list of them"));
    if (value.isTextual()) {
      return List.of(text("prompt", value, addSpecial));
    }
    Fields.requireType(value.isArray(), "prompt", value, "a string or a list");
    if (value.isEmpty()) {
      throw ApiException.invalid("prompt", "prompt is an empty list; give at least one");
    }
    if (value.get(0).isNumber()) {
      return List.of(tokens("prompt", value));
    }
    boolean texts = value.get(0).isTextual();
    return Fields.list(
        "prompt",
        value,
        MAX_PROMPTS,
        (name, item) -> texts ? text(name, item, addSpecial) : tokens(name, item));
  }

  private static Prompt text(String name, JsonNode value, boolean addSpecial) {
    return new Prompt.Text(Fields.text(name, value, Json.MAX_BYTES), addSpecial, true);
  }

  private static Prompt tokens(String name, JsonNode value) {
    return new Prompt.Tokens(ids(name, value));
  }

  static int[] ids(String name, JsonNode value) {
    Fields.requireType(value.isArray(), name, value, "a list of token ids");
    if (value.isEmpty()) {
      throw ApiException.invalid(name, name + " is an empty list; give at least one token id");
    }
    int[] ids = new int[value.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode item = value.get(i);
      // The name is made only for the message: a list may have a million ids.
      ids[i] =
          item.isInt() && item.intValue() >= 0
              ? item.intValue()
              : token(name + "[" + i + "]", item);
    }
    return ids;
  }

  static int token(String name, JsonNode value) {
    return (int) Fields.integer(name, value, 0, Integer.MAX_VALUE);
  }
}
