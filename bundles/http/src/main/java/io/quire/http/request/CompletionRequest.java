package io.quire.http.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.Prompt;
import io.quire.http.exchange.ApiException;
import java.util.List;

/**
 * The body of {@code POST /v1/completions}.
 *
 * @param model the model, empty if none is named
 * @param prompts what to continue
 * @param echo whether the text begins with the prompt
 * @param logprobs alternatives with each token; -1 for no log-probabilities
 * @param options sampling and ending
 * @param mode how the answer comes
 */
public record CompletionRequest(
    String model,
    List<Prompt> prompts,
    boolean echo,
    int logprobs,
    Options options,
    StreamMode mode) {
  private static final int DEFAULT_MAX_TOKENS = 16;

  /** Copies the list. */
  public CompletionRequest {
    prompts = List.copyOf(prompts);
  }

  /**
   * Reads a body.
   *
   * @param body the body
   * @return the request
   * @throws ApiException 400 if a field has the wrong type or is out of range
   */
  public static CompletionRequest read(ObjectNode body) {
    Fields f = new Fields(body);
    f.refuse("suffix", "filling in the middle is not offered, leave it out");
    boolean echo = f.flag("echo", false);
    int maxTokens = f.integer("max_tokens", DEFAULT_MAX_TOKENS, 0, Integer.MAX_VALUE);
    if (maxTokens == 0 && !echo) {
      throw ApiException.invalid(
          "max_tokens", "max_tokens is 0 but must be at least 1, or echo must be true");
    }
    int logprobs = f.integer("logprobs", -1, 0, Options.MAX_LOGPROBS);
    return new CompletionRequest(
        Names.model(f),
        Prompts.read(f, f.flag("add_special_tokens", true)),
        echo,
        logprobs,
        Options.read(f, maxTokens, logprobs),
        StreamMode.read(f));
  }

  /** {@return whether the prompt's tokens are scored too} */
  public boolean promptLogprobs() {
    return echo && logprobs >= 0;
  }
}
