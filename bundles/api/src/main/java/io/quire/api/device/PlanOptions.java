package io.quire.api.device;

import java.io.Serializable;

/**
 * The sizes that a plan must be able to serve.
 *
 * @param maxTokens tokens in one step, all sequences together
 * @param maxSequences sequences in one step; slots are below it
 * @param maxSequenceLength tokens in one sequence, prompt and output
 * @param blockTokens tokens in one block of the KV cache
 * @param maxLogprobs alternatives that one row can report
 */
public record PlanOptions(
    int maxTokens, int maxSequences, int maxSequenceLength, int blockTokens, int maxLogprobs)
    implements Serializable {
  /** Checks that all sizes are positive. */
  public PlanOptions {
    if (maxTokens < 1
        || maxSequences < 1
        || maxSequenceLength < 1
        || blockTokens < 1
        || maxLogprobs < 0) {
      throw new IllegalArgumentException(
          "plan sizes must be positive: "
              + maxTokens
              + " tokens, "
              + maxSequences
              + " sequences of "
              + maxSequenceLength
              + ", blocks of "
              + blockTokens
              + ", "
              + maxLogprobs
              + " logprobs");
    }
  }

  /** {@return rows of logits in one step: every token scored, and every sequence sampling} */
  public int maxRows() {
    return Math.addExact(maxTokens, maxSequences);
  }
}
