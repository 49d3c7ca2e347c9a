package io.quire.api.model;

import java.io.Serializable;

/**
 * The shape of one attention layer.
 *
 * @param queryHeads query heads, a multiple of {@code kvHeads}
 * @param kvHeads key and value heads
 * @param headDim elements of a head
 * @param scale factor on the scores before the softmax, usually {@code headDim^-0.5}
 * @param window how many positions back a token sees, itself included; 0 for all of them
 * @param softcap scores become {@code cap * tanh(score / cap)}; 0 for none
 */
public record AttentionSpec(
    int queryHeads, int kvHeads, int headDim, float scale, int window, float softcap)
    implements Serializable {
  /** Checks the numbers. */
  public AttentionSpec {
    if (kvHeads < 1
        || queryHeads < kvHeads
        || queryHeads % kvHeads != 0
        || headDim < 1
        || (long) queryHeads * headDim > Integer.MAX_VALUE
        || window < 0
        || !(softcap >= 0)) {
      throw new ModelFormatException(
          "attention with "
              + queryHeads
              + " query heads, "
              + kvHeads
              + " KV heads, head size "
              + headDim
              + ", window "
              + window
              + ": query heads must be a positive multiple of KV heads");
    }
  }

  /** {@return elements of a row of queries, and of the output} */
  public int queryWidth() {
    return Math.multiplyExact(queryHeads, headDim);
  }

  /** {@return elements of a row of keys, or of values} */
  public int kvWidth() {
    return Math.multiplyExact(kvHeads, headDim);
  }
}
