package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Usage;
import io.quire.http.exchange.Json;
import java.util.List;
import java.util.Optional;

/** Parts that completions and chat share. */
public final class Common {
  private Common() {}

  /**
   * Token counts.
   *
   * @param usage the counts
   * @return OpenAI's {@code usage}
   */
  static ObjectNode usage(Usage usage) {
    ObjectNode node = Json.object();
    node.put("prompt_tokens", usage.promptTokens());
    node.put("completion_tokens", usage.completionTokens());
    node.put("total_tokens", (long) usage.promptTokens() + usage.completionTokens());
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.cachedTokens());
    return node;
  }

  /**
   * Adds counts up.
   *
   * @param usages counts of several generations
   * @return their sum
   */
  public static Usage sum(List<Usage> usages) {
    return usages.stream()
        .reduce(
            new Usage(0, 0, 0),
            (a, b) ->
                new Usage(
                    a.promptTokens() + b.promptTokens(),
                    a.cachedTokens() + b.cachedTokens(),
                    a.completionTokens() + b.completionTokens()));
  }

  /** Adds why a choice ended: OpenAI's reason, and vLLM's with the stop string or token. */
  static void end(
      ObjectNode choice, FinishReason reason, Optional<String> stop, List<String> stopStrings) {
    choice.put(
        "finish_reason",
        switch (reason) {
          case STOP -> "stop";
          case LENGTH -> "length";
          case ABORT -> "abort";
        });
    if (stop.isEmpty()) {
      choice.putNull("stop_reason");
    } else if (stopStrings.contains(stop.get()) || !stop.get().matches("\\d{1,9}")) {
      choice.put("stop_reason", stop.get());
    } else {
      choice.put("stop_reason", Integer.parseInt(stop.get()));
    }
  }

  static ArrayNode ids(ObjectNode parent, String field, int[] tokens) {
    ArrayNode array = parent.putArray(field);
    for (int token : tokens) {
      array.add(token);
    }
    return array;
  }
}
