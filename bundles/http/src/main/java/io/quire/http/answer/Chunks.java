package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.TokenScore;
import io.quire.api.engine.Usage;
import java.util.List;
import java.util.Optional;

/** Writes what happens to an answer as the events of a stream. One thread. */
public interface Chunks {
  /**
   * A prompt is computed.
   *
   * @param prompt which, from 0
   * @param tokens its tokens
   * @param scores a score for each, or none
   * @return events
   */
  List<ObjectNode> begin(int prompt, int[] tokens, List<TokenScore> scores);

  /**
   * A choice has grown.
   *
   * @param choice which, of all prompts, from 0
   * @param text its new text
   * @param tokens its new tokens
   * @param scores a score for each, or none
   * @return events
   */
  List<ObjectNode> grow(int choice, String text, int[] tokens, List<TokenScore> scores);

  /**
   * A choice has ended.
   *
   * @param choice which, of all prompts, from 0
   * @param reason why
   * @param stop what stopped it
   * @return events
   */
  List<ObjectNode> end(int choice, FinishReason reason, Optional<String> stop);

  /**
   * All have ended.
   *
   * @param usage tokens in all
   * @return events
   */
  List<ObjectNode> finish(Usage usage);
}
