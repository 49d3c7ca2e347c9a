package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.TokenScore;
import io.quire.http.exchange.Json;
import java.util.List;

/** Builds the {@code logprobs} of one choice of a completion; offsets run on from part to part. */
final class CompletionLogprobs {
  private final TokenNames names;
  private int offset;

  CompletionLogprobs(TokenNames names) {
    this.names = names;
  }

  /** {@return the next tokens} */
  ObjectNode next(List<TokenScore> scores) {
    ObjectNode node = Json.object();
    ArrayNode offsets = node.putArray("text_offset");
    ArrayNode logprobs = node.putArray("token_logprobs");
    ArrayNode tokens = node.putArray("tokens");
    ArrayNode tops = node.putArray("top_logprobs");
    for (TokenScore score : scores) {
      String name = names.name(score.token());
      tokens.add(name);
      offsets.add(offset);
      offset += name.codePointCount(0, name.length());
      if (Float.isNaN(score.logprob())) {
        // The first token of a prompt: nothing precedes it.
        logprobs.addNull();
        tops.addNull();
      } else {
        logprobs.add(TokenNames.finite(score.logprob()));
        top(tops.addObject(), score, name);
      }
    }
    return node;
  }

  /** The best, and the token itself; of tokens with the same text the likeliest counts. */
  private void top(ObjectNode top, TokenScore score, String name) {
    for (TokenScore.Alternative other : score.top()) {
      String text = names.name(other.token());
      if (!top.has(text)) {
        top.put(text, TokenNames.finite(other.logprob()));
      }
    }
    if (!top.has(name)) {
      top.put(name, TokenNames.finite(score.logprob()));
    }
  }
}
