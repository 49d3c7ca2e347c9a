package io.quire.http.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.http.exchange.ApiException;

/**
 * The body of {@code POST /v1/chat/completions}.
 *
 * @param model the model, empty if none is named
 * @param conversation the conversation
 * @param logprobs alternatives with each token; -1 for no log-probabilities
 * @param options sampling and ending
 * @param mode how the answer comes
 */
public record ChatRequest(
    String model, Conversation conversation, int logprobs, Options options, StreamMode mode) {
  private static final int AS_MANY_AS_FIT = -1;

  /**
   * Reads a body.
   *
   * @param body the body
   * @return the request
   * @throws ApiException 400 if a field has the wrong type or is out of range
   */
  public static ChatRequest read(ObjectNode body) {
    Fields f = new Fields(body);
    int older = f.integer("max_tokens", AS_MANY_AS_FIT, 1, Integer.MAX_VALUE);
    int maxTokens = f.integer("max_completion_tokens", older, 1, Integer.MAX_VALUE);
    int logprobs = logprobs(f);
    return new ChatRequest(
        Names.model(f),
        Conversation.read(f),
        logprobs,
        Options.read(f, maxTokens, logprobs),
        StreamMode.read(f));
  }

  private static int logprobs(Fields f) {
    boolean wanted = f.flag("logprobs", false);
    int top = f.integer("top_logprobs", 0, 0, Options.MAX_LOGPROBS);
    if (top > 0 && !wanted) {
      throw ApiException.invalid(
          "top_logprobs", "top_logprobs is " + top + " but logprobs is not true; set it");
    }
    return wanted ? top : -1;
  }
}
