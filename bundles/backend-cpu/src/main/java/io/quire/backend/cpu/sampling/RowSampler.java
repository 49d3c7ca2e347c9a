package io.quire.backend.cpu.sampling;

import io.quire.api.device.SamplingParams;
import io.quire.api.device.StepOutput;
import io.quire.backend.cpu.kernel.Kernels;

/** Turns rows of logits into tokens and log-probabilities. Each thread has its own. */
public final class RowSampler {
  private final Kernels kernels;
  private final int vocabulary;
  private final float[] adjusted;
  private final Distribution distribution;

  /**
   * Allocates what sampling a row needs.
   *
   * @param kernels the arithmetic
   * @param vocabulary length of a row
   */
  public RowSampler(Kernels kernels, int vocabulary) {
    this.kernels = kernels;
    this.vocabulary = vocabulary;
    adjusted = new float[vocabulary];
    distribution = new Distribution(kernels, vocabulary);
  }

  /**
   * Draws a token.
   *
   * @param logits the model's own logits; not changed
   * @param at index of the row's first
   * @param slot the sequence; counts the token
   * @param position the token's position in its sequence
   * @param outputs output tokens that the sequence has
   * @param out receives token and log-probabilities
   * @param row where in {@code out}
   */
  public void sample(
      float[] logits, int at, SlotState slot, int position, int outputs, StepOutput out, int row) {
    float best = kernels.max(logits, at, vocabulary);
    if (refuse(best, out, row)) {
      return;
    }
    int token = choose(logits, at, slot, position, outputs);
    slot.sampled(token);
    out.tokens()[row] = token;
    int alternatives = slot.params().logprobs();
    if (alternatives >= 0) {
      report(logits, at, best, alternatives, out, row);
    }
  }

  /**
   * Scores a given token.
   *
   * @param logits the model's own logits
   * @param at index of the row's first
   * @param slot the sequence
   * @param target the token
   * @param out receives token and log-probabilities
   * @param row where in {@code out}
   */
  public void score(float[] logits, int at, SlotState slot, int target, StepOutput out, int row) {
    out.tokens()[row] = target;
    float best = kernels.max(logits, at, vocabulary);
    if (!refuse(best, out, row)) {
      report(logits, at, best, Math.max(0, slot.params().logprobs()), out, row);
    }
  }

  /** A NaN, an infinity, or nothing but negative infinities: there is no distribution. */
  private static boolean refuse(float best, StepOutput out, int row) {
    boolean invalid = !(Math.abs(best) <= Float.MAX_VALUE);
    out.invalid()[row] = invalid;
    out.topCounts()[row] = 0;
    if (invalid) {
      out.tokens()[row] = 0;
      out.logprobs()[row] = Float.NaN;
    }
    return invalid;
  }

  private int choose(float[] logits, int at, SlotState slot, int position, int outputs) {
    float[] row = logits;
    int from = at;
    if (slot.adjusts(outputs)) {
      System.arraycopy(logits, at, adjusted, 0, vocabulary);
      slot.adjust(adjusted, outputs);
      row = adjusted;
      from = 0;
    }
    SamplingParams params = slot.params();
    float best = kernels.max(row, from, vocabulary);
    // A temperature so small that the best logit overflows is as good as none.
    boolean finite = Math.abs(best / params.temperature()) <= Float.MAX_VALUE;
    if (params.temperature() == 0 || !finite) {
      return first(row, from, best);
    }
    distribution.compute(row, from, params);
    return distribution.draw(Philox.uniform(params.seed(), position));
  }

  private int first(float[] row, int from, float value) {
    int i = 0;
    while (i < vocabulary - 1 && row[from + i] != value) {
      i++;
    }
    return i;
  }

  private void report(
      float[] logits, int at, float best, int alternatives, StepOutput out, int row) {
    kernels.exp(logits, at, vocabulary, 1, -best, adjusted, 0);
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      sum += adjusted[i];
    }
    double normaliser = best + Math.log(sum);
    out.logprobs()[row] = (float) (logits[at + out.tokens()[row]] - normaliser);
    int count = Math.min(Math.min(alternatives, out.maxLogprobs()), vocabulary);
    out.topCounts()[row] = count;
    if (count > 0) {
      best(logits, at, count, normaliser, out, row * out.maxLogprobs());
    }
  }

  /** The best tokens by insertion; of equal ones the smaller id comes first. */
  private void best(float[] logits, int at, int count, double normaliser, StepOutput out, int to) {
    int[] tokens = out.topTokens();
    float[] values = out.topLogprobs();
    int filled = 0;
    for (int i = 0; i < vocabulary; i++) {
      float x = logits[at + i];
      if (filled < count || x > values[to + count - 1]) {
        int place = filled < count ? filled++ : count - 1;
        while (place > 0 && x > values[to + place - 1]) {
          values[to + place] = values[to + place - 1];
          tokens[to + place] = tokens[to + place - 1];
          place--;
        }
        values[to + place] = x;
        tokens[to + place] = i;
      }
    }
    for (int i = 0; i < count; i++) {
      values[to + i] = (float) (values[to + i] - normaliser);
    }
  }
}
