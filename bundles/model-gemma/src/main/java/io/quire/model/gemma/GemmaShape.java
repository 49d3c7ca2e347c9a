package io.quire.model.gemma;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;
import java.util.List;

/**
 * The numbers of a model.
 *
 * @param hidden width of the residual stream
 * @param intermediate width inside the MLP
 * @param vocabulary rows of the token table
 * @param maxPositions longest context, in tokens
 * @param epsilon of every norm
 * @param normOffset added to the weights of every norm
 * @param softcap of the logits; 0 for none
 * @param tied whether the output matrix is the token table even if the file has one
 * @param layers what differs from layer to layer
 */
record GemmaShape(
    int hidden,
    int intermediate,
    int vocabulary,
    int maxPositions,
    float epsilon,
    float normOffset,
    float softcap,
    boolean tied,
    List<Layer> layers) {
  /** The number of layers of which one sees the whole context, where the file does not say. */
  static final int PERIOD = 6;

  /** The rotary base of layers with a window, where the file does not say. */
  static final double LOCAL_BASE = 10_000;

  /** The rotary base of layers that see the whole context, where the file does not say. */
  static final double FULL_BASE = 1_000_000;

  /** More layers than any Gemma; the list of layers is made before the weights are looked up. */
  private static final int MAX_LAYERS = 1024;

  /**
   * One layer's attention.
   *
   * @param attention with or without a window
   * @param rope with the base that belongs to it
   */
  record Layer(AttentionSpec attention, RopeSpec rope) {}

  /**
   * Heads, and how their scores are scaled.
   *
   * @param scalar scores are divided by its square root
   */
  static AttentionSpec attention(
      int queryHeads, int kvHeads, int headDim, double scalar, int window, double softcap) {
    if ((long) queryHeads * headDim > Integer.MAX_VALUE) {
      throw new ModelFormatException(
          queryHeads + " heads of " + headDim + " elements are wider than a row can be");
    }
    float scale = (float) (1 / Math.sqrt(scalar));
    return new AttentionSpec(queryHeads, kvHeads, headDim, scale, window, (float) softcap);
  }

  static int layers(ModelConfig config, String key) {
    int layers = positive(key, config.integer(key));
    if (layers > MAX_LAYERS) {
      throw new ModelFormatException(
          "metadata " + key + " is " + layers + "; at most " + MAX_LAYERS + " are described");
    }
    return layers;
  }

  /** A whole number of at least 1. */
  static int positive(String key, int value) {
    if (value < 1) {
      throw new ModelFormatException(
          "metadata " + key + " is " + value + "; it must be at least 1, the file is damaged");
    }
    return value;
  }

  /** A factor for positions. */
  static RopeSpec.Scaling linear(double factor) {
    if (factor < 1) {
      throw new ModelFormatException(
          "rope scaling by a factor of " + factor + "; it must be at least 1");
    }
    return factor == 1 ? new RopeSpec.Unscaled() : new RopeSpec.Linear(factor);
  }
}
