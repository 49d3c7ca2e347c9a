package io.quire.api.engine;

import java.util.List;
import java.util.Optional;

/**
 * What happens to a generation, in order: {@link Started} once, then {@link Delta} and {@link
 * Finished} per choice, then {@link Completed} or {@link Failed}, after which nothing follows.
 */
public sealed interface GenerationEvent {
  /**
   * The prompt is computed.
   *
   * @param promptTokens the prompt
   * @param promptScores a score per prompt token if asked for, else empty
   */
  record Started(int[] promptTokens, List<TokenScore> promptScores) implements GenerationEvent {}

  /**
   * A choice has grown.
   *
   * @param choice which, from 0
   * @param text text that is certain now; may be empty while a character or a stop string is open
   * @param tokens its new tokens, those of a finishing stop token not among them unless the text
   *     shows it
   * @param scores a score per new token if asked for, else empty
   */
  record Delta(int choice, String text, int[] tokens, List<TokenScore> scores)
      implements GenerationEvent {}

  /**
   * A choice has ended.
   *
   * @param choice which, from 0
   * @param reason why
   * @param stop the stop string, or the id of the stop token as text, that ended it; empty for the
   *     model's own end token
   */
  record Finished(int choice, FinishReason reason, Optional<String> stop)
      implements GenerationEvent {}

  /**
   * All choices have ended.
   *
   * @param usage tokens in all
   */
  record Completed(Usage usage) implements GenerationEvent {}

  /**
   * The request was ended by an error.
   *
   * @param error what, the numbers, the consequence, the remedy
   */
  record Failed(EngineException error) implements GenerationEvent {}
}
