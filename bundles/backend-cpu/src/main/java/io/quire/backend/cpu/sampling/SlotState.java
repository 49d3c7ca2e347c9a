package io.quire.backend.cpu.sampling;

import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import java.util.Optional;

/** What sampling knows of the sequence in one slot. */
public final class SlotState {
  private final SamplingParams params;
  private final int minTokens;
  private final int[] endTokens;
  private final int[] biasTokens;
  private final float[] biases;
  private final Optional<TokenCounts> counts;

  /**
   * Takes a sequence over.
   *
   * @param assignment its sampling parameters and tokens; not kept
   * @param vocabulary number of tokens; biases and end tokens beyond it have no effect
   */
  public SlotState(SlotAssignment assignment, int vocabulary) {
    params = assignment.params();
    minTokens = assignment.minTokens();
    endTokens =
        assignment.endTokens().stream()
            .mapToInt(Integer::intValue)
            .filter(t -> t >= 0 && t < vocabulary)
            .toArray();
    biasTokens =
        params.logitBias().keySet().stream()
            .mapToInt(Integer::intValue)
            .filter(t -> t >= 0 && t < vocabulary)
            .sorted()
            .toArray();
    biases = new float[biasTokens.length];
    for (int i = 0; i < biases.length; i++) {
      biases[i] = params.logitBias().get(biasTokens[i]);
    }
    counts = params.penalised() ? Optional.of(count(assignment, vocabulary)) : Optional.empty();
  }

  private static TokenCounts count(SlotAssignment assignment, int vocabulary) {
    TokenCounts counts = new TokenCounts(Math.min(vocabulary, assignment.length() + 64));
    for (int i = 0; i < assignment.length(); i++) {
      int token = assignment.tokens()[i];
      if (token >= 0 && token < vocabulary) {
        counts.add(token, i >= assignment.promptLength());
      }
    }
    return counts;
  }

  /** {@return how tokens are drawn} */
  SamplingParams params() {
    return params;
  }

  /** Counts a sampled token. */
  void sampled(int token) {
    if (counts.isPresent()) {
      counts.get().add(token, true);
    }
  }

  /** {@return whether {@link #adjust} would change a row} */
  boolean adjusts(int outputs) {
    return biases.length > 0 || counts.isPresent() || (outputs < minTokens && endTokens.length > 0);
  }

  /**
   * Applies bias, penalties and the ban of end tokens.
   *
   * @param logits a row, changed in place
   * @param outputs output tokens that the sequence has
   */
  void adjust(float[] logits, int outputs) {
    for (int i = 0; i < biases.length; i++) {
      logits[biasTokens[i]] += biases[i];
    }
    if (counts.isPresent()) {
      penalise(logits, counts.get());
    }
    if (outputs < minTokens) {
      for (int token : endTokens) {
        logits[token] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private void penalise(float[] logits, TokenCounts table) {
    float repetition = params.repetitionPenalty();
    for (int i = 0; i < table.capacity(); i++) {
      int token = table.token(i);
      if (token >= 0) {
        float x = logits[token];
        x = x > 0 ? x / repetition : x * repetition;
        int times = table.outputs(i);
        if (times > 0) {
          x = x - params.frequencyPenalty() * times - params.presencePenalty();
        }
        logits[token] = x;
      }
    }
  }
}
