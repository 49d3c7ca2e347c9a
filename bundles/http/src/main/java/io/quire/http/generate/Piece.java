package io.quire.http.generate;

import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.TokenScore;
import io.quire.api.engine.Usage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Something that waits to be written to a stream. */
sealed interface Piece {
  /** A prompt is computed. */
  record Begin(int prompt, int[] tokens, List<TokenScore> scores) implements Piece {}

  /** A choice has grown; it goes on growing while nobody fetches it. */
  final class Growth implements Piece {
    private final int choice;
    private final StringBuilder text = new StringBuilder();
    private final List<int[]> tokens = new ArrayList<>();
    private final List<TokenScore> scores = new ArrayList<>();

    Growth(int choice) {
      this.choice = choice;
    }

    void add(String moreText, int[] moreTokens, List<TokenScore> moreScores) {
      text.append(moreText);
      tokens.add(moreTokens);
      scores.addAll(moreScores);
    }

    int choice() {
      return choice;
    }

    String text() {
      return text.toString();
    }

    int[] tokens() {
      return tokens.stream().flatMapToInt(Arrays::stream).toArray();
    }

    List<TokenScore> scores() {
      return scores;
    }
  }

  /** A choice has ended. */
  record End(int choice, FinishReason reason, Optional<String> stop) implements Piece {}

  /** A prompt's choices have all ended. */
  record Complete(Usage usage) implements Piece {}

  /** A generation failed. */
  record Fail(EngineException error) implements Piece {}
}
