package io.quire.core.engine;

import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.TokenScore;
import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One choice as the output side sees it: its text, its tokens, how it ended. */
final class ChoiceOutput {
  final RequestOutput owner;
  final int index;
  final TextStream stream;

  /** Arrival of its last token, 0 before the first. */
  long lastNanos;

  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private int[] tokens = new int[16];
  private int shown;
  private Optional<FinishReason> reason = Optional.empty();
  private Optional<String> stop = Optional.empty();

  ChoiceOutput(RequestOutput owner, int index, GenerationRequest request, Tokenizer tokenizer) {
    this.owner = owner;
    this.index = index;
    this.stream = stream(request, tokenizer);
  }

  private static TextStream stream(GenerationRequest request, Tokenizer tokenizer) {
    boolean late = request.minTokens() > 0 && !request.stop().isEmpty();
    TextStream plain =
        tokenizer.stream(
            new StreamOptions(
                request.skipSpecial(), late ? List.of() : request.stop(), request.includeStop()));
    return late
        ? new LateStopStream(plain, request.stop(), request.includeStop(), request.minTokens())
        : plain;
  }

  void addToken(int token) {
    if (shown == tokens.length) {
      tokens = Arrays.copyOf(tokens, shown * 2);
    }
    tokens[shown++] = token;
  }

  void addText(String delta) {
    text.append(delta);
  }

  void addScores(List<TokenScore> more) {
    scores.addAll(more);
  }

  boolean closed() {
    return reason.isPresent();
  }

  FinishReason reason() {
    return reason.orElseThrow();
  }

  void close(FinishReason why, Optional<String> by) {
    reason = Optional.of(why);
    stop = by;
  }

  Generation.Choice result() {
    return new Generation.Choice(
        text.toString(), Arrays.copyOf(tokens, shown), List.copyOf(scores), reason(), stop);
  }
}
