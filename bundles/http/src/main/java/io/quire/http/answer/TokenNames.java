package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.TokenScore;
import io.quire.api.text.Tokenizer;
import io.quire.http.exchange.Json;
import java.util.List;

/**
 * Names tokens in lists of log-probabilities.
 *
 * @param tokenizer knows their texts
 * @param asIds whether they are named {@code token_id:N}, which is never ambiguous
 */
public record TokenNames(Tokenizer tokenizer, boolean asIds) {
  /** JSON has no infinity; vLLM writes this for it. */
  private static final float LOWEST = -9999;

  String name(int token) {
    return asIds ? "token_id:" + token : tokenizer.text(token);
  }

  static float finite(float logprob) {
    return Math.max(logprob, LOWEST);
  }

  /** {@return chat's {@code logprobs}} */
  ObjectNode chat(List<TokenScore> scores) {
    ObjectNode logprobs = Json.object();
    ArrayNode content = logprobs.putArray("content");
    for (TokenScore score : scores) {
      ArrayNode top = entry(content, score.token(), score.logprob()).putArray("top_logprobs");
      score.top().forEach(other -> entry(top, other.token(), other.logprob()));
    }
    logprobs.putNull("refusal");
    return logprobs;
  }

  private ObjectNode entry(ArrayNode list, int token, float logprob) {
    ObjectNode entry = list.addObject();
    entry.put("token", name(token));
    entry.put("logprob", finite(logprob));
    ArrayNode bytes = entry.putArray("bytes");
    for (byte b : tokenizer.bytes(token)) {
      bytes.add(Byte.toUnsignedInt(b));
    }
    return entry;
  }
}
