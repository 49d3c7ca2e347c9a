package io.quire.model.llama;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;

/**
 * The numbers of a model.
 *
 * @param layers decoder layers
 * @param hidden width of the residual stream
 * @param intermediate width inside the MLP
 * @param vocabulary rows of the token table
 * @param maxPositions longest context, in tokens
 * @param epsilon of every norm
 * @param tied whether the output matrix is the token table even if the file has one
 * @param attention of every layer
 * @param rope of every layer
 */
record LlamaShape(
    int layers,
    int hidden,
    int intermediate,
    int vocabulary,
    int maxPositions,
    float epsilon,
    boolean tied,
    AttentionSpec attention,
    RopeSpec rope) {

  /** Heads without softcap, with the usual scale. */
  static AttentionSpec attention(int queryHeads, int kvHeads, int headDim, int window) {
    if ((long) queryHeads * headDim > Integer.MAX_VALUE) {
      throw new ModelFormatException(
          queryHeads + " heads of " + headDim + " elements are wider than a row can be");
    }
    return new AttentionSpec(
        queryHeads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), window, 0);
  }

  /** A whole number of at least 1. */
  static int positive(ModelConfig config, String key) {
    return positive(key, config.integer(key));
  }

  /** A whole number of at least 1. */
  static int positive(String key, int value) {
    if (value < 1) {
      throw new ModelFormatException(
          "metadata " + key + " is " + value + "; it must be at least 1, the file is damaged");
    }
    return value;
  }

  /** The size of a head where the file does not say. */
  static int evenShare(int hidden, int heads) {
    if (hidden % heads != 0) {
      throw new ModelFormatException(
          "a hidden size of "
              + hidden
              + " is no multiple of "
              + heads
              + " heads, and the file does not say how large a head is");
    }
    return hidden / heads;
  }
}
