package io.quire.api.device;

/**
 * What a step computed, one entry per row of logits in the batch's order. Reused by its plan; the
 * arrays may be longer than {@link #rows()}.
 */
public final class StepOutput {
  private final int maxLogprobs;
  private final int[] tokens;
  private final float[] logprobs;
  private final boolean[] invalid;
  private final int[] topCounts;
  private final int[] topTokens;
  private final float[] topLogprobs;
  private int rows;

  /**
   * Allocates an output.
   *
   * @param options the plan's sizes
   */
  public StepOutput(PlanOptions options) {
    int capacity = options.maxRows();
    maxLogprobs = options.maxLogprobs();
    tokens = new int[capacity];
    logprobs = new float[capacity];
    invalid = new boolean[capacity];
    topCounts = new int[capacity];
    topTokens = new int[Math.multiplyExact(capacity, maxLogprobs)];
    topLogprobs = new float[topTokens.length];
  }

  /**
   * Begins a new step: all rows are valid and without alternatives.
   *
   * @param count rows of the batch
   */
  public void reset(int count) {
    rows = count;
    for (int i = 0; i < count; i++) {
      invalid[i] = false;
      topCounts[i] = 0;
    }
  }

  /** {@return the number of rows} */
  public int rows() {
    return rows;
  }

  /** {@return alternatives that one row can hold: the stride of {@link #topTokens()}} */
  public int maxLogprobs() {
    return maxLogprobs;
  }

  /** {@return the sampled token, or the scored one, of each row} */
  public int[] tokens() {
    return tokens;
  }

  /**
   * {@return the natural logarithm of that token's probability under the model's own logits, where
   * asked for}
   */
  public float[] logprobs() {
    return logprobs;
  }

  /** {@return whether a row's logits held a NaN or no finite number: its token means nothing} */
  public boolean[] invalid() {
    return invalid;
  }

  /** {@return how many alternatives each row has} */
  public int[] topCounts() {
    return topCounts;
  }

  /** {@return the best tokens, best first, row {@code i} from {@code i * maxLogprobs()}} */
  public int[] topTokens() {
    return topTokens;
  }

  /** {@return their log-probabilities, laid out as {@link #topTokens()}} */
  public float[] topLogprobs() {
    return topLogprobs;
  }
}
