package io.quire.api.model;

import java.io.Serializable;

/**
 * One operation of a {@link ModelGraph}. Values are written once and read after; fusing, memory and
 * order inside an op are the executor's business. Weights are named, not held. Shapes are {@code
 * [rows, width]}.
 */
public sealed interface Op extends Serializable {
  /** {@return the value it writes} */
  Value out();

  /**
   * {@code out[t] = table[tokenId[t]] * scale}.
   *
   * @param out {@code [tokens, columns of the table]}
   * @param table a tensor {@code [vocabulary, hidden]}
   * @param scale 1 for none
   */
  record Embed(Value out, String table, float scale) implements Op {}

  /**
   * {@code out = in * weight^T}.
   *
   * @param out {@code [n, rows of the weight]}
   * @param in {@code [n, columns of the weight]}
   * @param weight a tensor {@code [out.width, in.width]}
   */
  record Linear(Value out, Value in, String weight) implements Op {}

  /**
   * {@code out = in + bias} on every row.
   *
   * @param out as {@code in}
   * @param in any value
   * @param bias a tensor {@code [in.width]}
   */
  record AddBias(Value out, Value in, String bias) implements Op {}

  /**
   * {@code out = in / sqrt(mean(in^2) + epsilon) * (weight + offset)}, over each of {@code groups}
   * equal parts of a row.
   *
   * @param out as {@code in}
   * @param in any value; {@code in.width} is a multiple of {@code groups}
   * @param weight a tensor {@code [in.width / groups]}, the same for every group
   * @param groups 1 for a whole row, the number of heads for a norm of queries or keys
   * @param epsilon added to the mean square
   * @param offset added to every weight: 0, or 1 where files store the weight less one
   * @see <a href="https://arxiv.org/abs/1910.07467">Zhang and Sennrich, 2019</a>
   */
  record RmsNorm(Value out, Value in, String weight, int groups, float epsilon, float offset)
      implements Op {}

  /**
   * Turns each head of each row by its position.
   *
   * @param out as {@code in}
   * @param in {@code [tokens, heads * headDim]}
   * @param heads heads in a row
   * @param spec the angles
   */
  record Rope(Value out, Value in, int heads, RopeSpec spec) implements Op {}

  /**
   * Stores keys and values of this step's tokens in the paged cache of {@code layer}, then {@code
   * out = softmax(mask(q k^T * scale)) v} over the cached context of each token's sequence, causal.
   *
   * @param out {@code [tokens, spec.queryWidth()]}
   * @param q queries after RoPE, {@code [tokens, spec.queryWidth()]}
   * @param k keys after RoPE, {@code [tokens, spec.kvWidth()]}
   * @param v values, {@code [tokens, spec.kvWidth()]}
   * @param layer index of the layer's cache, from 0; each occurs once in a graph
   * @param spec heads, scale, window, softcap
   */
  record Attention(Value out, Value q, Value k, Value v, int layer, AttentionSpec spec)
      implements Op {}

  /** A function of one number. */
  enum Function {
    /** {@code x / (1 + exp(-x))}. */
    SILU,
    /** {@code x * Phi(x)} by the error function. */
    GELU,
    /** {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))}. */
    GELU_TANH
  }

  /**
   * {@code out = function(gate) * up}, element by element.
   *
   * @param out as {@code gate}
   * @param gate goes through the function
   * @param up does not
   * @param function which function
   */
  record GatedActivation(Value out, Value gate, Value up, Function function) implements Op {}

  /**
   * {@code out = function(in)}, element by element.
   *
   * @param out as {@code in}
   * @param in any value
   * @param function which function
   */
  record Activation(Value out, Value in, Function function) implements Op {}

  /**
   * {@code out = a + b}.
   *
   * @param out as {@code a}
   * @param a any value
   * @param b of the same shape
   */
  record Add(Value out, Value a, Value b) implements Op {}

  /**
   * {@code out = a * b}, element by element.
   *
   * @param out as {@code a}
   * @param a any value
   * @param b of the same shape
   */
  record Mul(Value out, Value a, Value b) implements Op {}

  /**
   * {@code out = in * factor}.
   *
   * @param out as {@code in}
   * @param in any value
   * @param factor any finite number
   */
  record Scale(Value out, Value in, float factor) implements Op {}

  /**
   * {@code out = cap * tanh(in / cap)}.
   *
   * @param out as {@code in}
   * @param in any value
   * @param cap above 0
   */
  record Softcap(Value out, Value in, float cap) implements Op {}

  /**
   * Keeps the rows whose logits the step asks for: from here on values have {@link
   * Value.Rows#LOGITS}.
   *
   * @param out {@code [logit rows, in.width]}
   * @param in {@code [tokens, in.width]}
   */
  record TakeRows(Value out, Value in) implements Op {}
}
