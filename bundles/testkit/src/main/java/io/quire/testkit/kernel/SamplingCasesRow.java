package io.quire.testkit.kernel;

import io.quire.api.device.SamplingParams;
import java.util.Map;

/**
 * A row of logits and how a token is taken from it. Each row has a slot of its own.
 *
 * @param logits the model's own
 * @param params how the next token is drawn
 * @param minTokens outputs below which end tokens are barred
 * @param ends end tokens
 * @param outputs tokens that the sequence has put out
 * @param position of the new token
 * @param target token to score, or -1
 * @param counts what {@code token_counts} holds for the slot
 */
record SamplingCasesRow(
    float[] logits,
    SamplingParams params,
    int minTokens,
    int[] ends,
    int outputs,
    int position,
    int target,
    short[] counts) {
  static SamplingCasesRow of(float[] logits, SamplingParams params, int position) {
    return new SamplingCasesRow(
        logits, params, 0, new int[0], 0, position, -1, new short[logits.length]);
  }

  SamplingCasesRow barred(int tokens, int have, int... endTokens) {
    return new SamplingCasesRow(logits, params, tokens, endTokens, have, position, target, counts);
  }

  SamplingCasesRow scored(int token) {
    return new SamplingCasesRow(logits, params, minTokens, ends, outputs, position, token, counts);
  }

  SamplingCasesRow counted(short[] of) {
    return new SamplingCasesRow(logits, params, minTokens, ends, outputs, position, target, of);
  }

  /** Whether bias, bars or penalties change logits. */
  boolean adjusted() {
    return params.penalised() || !params.logitBias().isEmpty() || outputs < minTokens;
  }

  /** Logits with bias, penalties and bars. */
  double[] adjust() {
    double[] x = new double[logits.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = logits[i];
    }
    for (Map.Entry<Integer, Float> bias : params.logitBias().entrySet()) {
      if (bias.getKey() >= 0 && bias.getKey() < x.length) {
        x[bias.getKey()] += bias.getValue();
      }
    }
    for (int i = 0; params.penalised() && i < x.length; i++) {
      if (counts[i] != 0) {
        x[i] = x[i] > 0 ? x[i] / params.repetitionPenalty() : x[i] * params.repetitionPenalty();
        int times = counts[i] & 0x7fff;
        if (times > 0) {
          x[i] -= (double) params.frequencyPenalty() * times + params.presencePenalty();
        }
      }
    }
    for (int i = 0; outputs < minTokens && i < ends.length; i++) {
      if (ends[i] >= 0 && ends[i] < x.length) {
        x[ends[i]] = Double.NEGATIVE_INFINITY;
      }
    }
    return x;
  }
}
