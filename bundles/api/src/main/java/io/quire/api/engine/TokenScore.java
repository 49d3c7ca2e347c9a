package io.quire.api.engine;

import java.util.List;

/**
 * A token with its log-probability under the model's own distribution, before sampling parameters.
 *
 * @param token the token
 * @param logprob natural logarithm; NaN for the first token of a prompt, which nothing precedes
 * @param top the most likely tokens at its place, best first; as many as were asked for
 */
public record TokenScore(int token, float logprob, List<Alternative> top) {
  /** Copies the list. */
  public TokenScore {
    top = List.copyOf(top);
  }

  /**
   * A likely token.
   *
   * @param token the token
   * @param logprob natural logarithm
   */
  public record Alternative(int token, float logprob) {}
}
