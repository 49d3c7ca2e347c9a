package io.quire.api.model;

import io.quire.api.model.Value.Rows;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The forward pass of a model as a list of ops in an order in which they can run: token ids in,
 * logits out.
 *
 * @param architecture the family's name, for listings
 * @param vocabularySize width of the logits
 * @param maxPositions the longest context that the model was made for, in tokens
 * @param attention the shape of each layer's attention, by layer
 * @param values how many values there are; ids are below
 * @param ops in order
 * @param logits the last value, {@code [logit rows, vocabularySize]}
 */
public record ModelGraph(
    String architecture,
    int vocabularySize,
    int maxPositions,
    List<AttentionSpec> attention,
    int values,
    List<Op> ops,
    Value logits)
    implements Serializable {
  /** Copies the lists. */
  public ModelGraph {
    attention = List.copyOf(attention);
    ops = List.copyOf(ops);
  }

  /**
   * Starts a graph.
   *
   * @param architecture the family's name
   * @param vocabularySize number of tokens
   * @param maxPositions the longest context in tokens
   * @return a builder
   */
  public static Builder builder(String architecture, int vocabularySize, int maxPositions) {
    return new Builder(architecture, vocabularySize, maxPositions);
  }

  /** Builds a graph op by op, handing out values and checking widths. One thread. */
  public static final class Builder {
    private final String architecture;
    private final int vocabularySize;
    private final int maxPositions;
    private final List<Op> ops = new ArrayList<>();
    private final List<AttentionSpec> attention = new ArrayList<>();
    private int values;

    private Builder(String architecture, int vocabularySize, int maxPositions) {
      this.architecture = architecture;
      this.vocabularySize = vocabularySize;
      this.maxPositions = maxPositions;
    }

    /**
     * Looks the step's tokens up.
     *
     * @param table tensor {@code [vocabulary, width]}
     * @param width elements of a row
     * @param scale 1 for none
     * @return {@code [tokens, width]}
     */
    public Value embed(String table, int width, float scale) {
      Value out = value(width, Rows.TOKENS);
      ops.add(new Op.Embed(out, table, scale));
      return out;
    }

    /**
     * A matrix product.
     *
     * @param in the input
     * @param weight tensor {@code [width, in.width]}
     * @param width elements of a row of the result
     * @return {@code [rows of in, width]}
     */
    public Value linear(Value in, String weight, int width) {
      Value out = value(width, in.rows());
      ops.add(new Op.Linear(out, in, weight));
      return out;
    }

    /**
     * Adds a vector to every row.
     *
     * @param in the input
     * @param bias tensor {@code [in.width]}
     * @return as {@code in}
     */
    public Value addBias(Value in, String bias) {
      Value out = like(in);
      ops.add(new Op.AddBias(out, in, bias));
      return out;
    }

    /**
     * Root mean square norm.
     *
     * @param in the input
     * @param weight tensor {@code [in.width / groups]}
     * @param groups parts of a row that are normed on their own
     * @param epsilon added to the mean square
     * @param offset added to every weight
     * @return as {@code in}
     */
    public Value rmsNorm(Value in, String weight, int groups, float epsilon, float offset) {
      require(
          groups > 0 && in.width() % groups == 0,
          "a row of " + in.width() + " has no " + groups + " equal parts");
      Value out = like(in);
      ops.add(new Op.RmsNorm(out, in, weight, groups, epsilon, offset));
      return out;
    }

    /**
     * Rotary position embedding.
     *
     * @param in {@code [tokens, heads * headDim]}
     * @param heads heads in a row
     * @param spec the angles
     * @return as {@code in}
     */
    public Value rope(Value in, int heads, RopeSpec spec) {
      require(
          heads > 0 && in.width() % heads == 0 && spec.dimensions() <= in.width() / heads,
          "a row of "
              + in.width()
              + " has no "
              + heads
              + " heads with "
              + spec.dimensions()
              + " rotary dimensions");
      Value out = like(in);
      ops.add(new Op.Rope(out, in, heads, spec));
      return out;
    }

    /**
     * Attention over the paged cache; the layer is the number of calls before this one.
     *
     * @param q queries
     * @param k keys
     * @param v values
     * @param spec shape
     * @return {@code [tokens, spec.queryWidth()]}
     */
    public Value attention(Value q, Value k, Value v, AttentionSpec spec) {
      require(
          q.width() == spec.queryWidth()
              && k.width() == spec.kvWidth()
              && v.width() == spec.kvWidth(),
          "attention "
              + spec
              + " got rows of "
              + q.width()
              + ", "
              + k.width()
              + " and "
              + v.width());
      Value out = like(q);
      ops.add(new Op.Attention(out, q, k, v, attention.size(), spec));
      attention.add(spec);
      return out;
    }

    /**
     * {@code function(gate) * up}.
     *
     * @param gate goes through the function
     * @param up does not
     * @param function which function
     * @return as {@code gate}
     */
    public Value gated(Value gate, Value up, Op.Function function) {
      requireAlike(gate, up);
      Value out = like(gate);
      ops.add(new Op.GatedActivation(out, gate, up, function));
      return out;
    }

    /**
     * {@code function(in)}.
     *
     * @param in the input
     * @param function which function
     * @return as {@code in}
     */
    public Value activation(Value in, Op.Function function) {
      Value out = like(in);
      ops.add(new Op.Activation(out, in, function));
      return out;
    }

    /**
     * {@code a + b}.
     *
     * @param a one
     * @param b the other, of the same shape
     * @return as {@code a}
     */
    public Value add(Value a, Value b) {
      requireAlike(a, b);
      Value out = like(a);
      ops.add(new Op.Add(out, a, b));
      return out;
    }

    /**
     * {@code a * b}, element by element.
     *
     * @param a one
     * @param b the other, of the same shape
     * @return as {@code a}
     */
    public Value mul(Value a, Value b) {
      requireAlike(a, b);
      Value out = like(a);
      ops.add(new Op.Mul(out, a, b));
      return out;
    }

    /**
     * {@code in * factor}.
     *
     * @param in the input
     * @param factor the factor
     * @return as {@code in}
     */
    public Value scale(Value in, float factor) {
      Value out = like(in);
      ops.add(new Op.Scale(out, in, factor));
      return out;
    }

    /**
     * {@code cap * tanh(in / cap)}.
     *
     * @param in the input
     * @param cap above 0
     * @return as {@code in}
     */
    public Value softcap(Value in, float cap) {
      Value out = like(in);
      ops.add(new Op.Softcap(out, in, cap));
      return out;
    }

    /**
     * Keeps the rows whose logits are asked for.
     *
     * @param in {@code [tokens, width]}
     * @return {@code [logit rows, width]}
     */
    public Value takeRows(Value in) {
      require(in.rows() == Rows.TOKENS, "rows were taken before");
      Value out = value(in.width(), Rows.LOGITS);
      ops.add(new Op.TakeRows(out, in));
      return out;
    }

    /**
     * Ends the graph.
     *
     * @param logits {@code [logit rows, vocabulary]}
     * @return the graph
     */
    public ModelGraph build(Value logits) {
      require(
          logits.rows() == Rows.LOGITS && logits.width() == vocabularySize,
          "logits are " + logits + " for a vocabulary of " + vocabularySize + ", after takeRows");
      return new ModelGraph(
          architecture, vocabularySize, maxPositions, attention, values, ops, logits);
    }

    private Value like(Value in) {
      return value(in.width(), in.rows());
    }

    private Value value(int width, Rows rows) {
      require(width > 0, "a row of " + width + " elements");
      return new Value(values++, width, rows);
    }

    private static void requireAlike(Value a, Value b) {
      require(a.width() == b.width() && a.rows() == b.rows(), "shapes differ: " + a + " and " + b);
    }

    private static void require(boolean condition, String message) {
      if (!condition) {
        throw new ModelFormatException("graph: " + message);
      }
    }
  }
}
