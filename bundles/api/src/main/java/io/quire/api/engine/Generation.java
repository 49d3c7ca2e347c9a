package io.quire.api.engine;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** A request that was taken in. Safe for use by several threads. */
@ProviderType
public interface Generation {
  /** {@return the request's id} */
  String id();

  /**
   * Ends it at the next step boundary: open choices finish with {@link FinishReason#ABORT}. No
   * effect once it has ended.
   */
  void cancel();

  /**
   * {@return completed after the last event; exceptionally, with an {@link EngineException}, if it
   * failed}
   */
  CompletableFuture<Result> result();

  /**
   * A whole generation.
   *
   * @param promptTokens the prompt
   * @param promptScores as in {@link GenerationEvent.Started}
   * @param choices by number
   * @param usage tokens in all
   */
  record Result(
      int[] promptTokens, List<TokenScore> promptScores, List<Choice> choices, Usage usage) {}

  /**
   * A whole choice.
   *
   * @param text its text
   * @param tokens its tokens
   * @param scores a score per token if asked for, else empty
   * @param reason why it ended
   * @param stop as in {@link GenerationEvent.Finished}
   */
  record Choice(
      String text,
      int[] tokens,
      List<TokenScore> scores,
      FinishReason reason,
      Optional<String> stop) {}
}
