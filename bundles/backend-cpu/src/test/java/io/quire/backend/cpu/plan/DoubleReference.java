package io.quire.backend.cpu.plan;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Tensor;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import io.quire.backend.cpu.kernel.Stored;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** A graph in doubles, op by op by the letter of its formula, one sequence, dense attention. */
final class DoubleReference {
  private final Weights weights;
  private final int[] tokens;
  private final Map<Integer, double[][]> values = new HashMap<>();

  private DoubleReference(Weights weights, int[] tokens) {
    this.weights = weights;
    this.tokens = tokens;
  }

  /** The logits after every token. */
  static double[][] logits(Model model, int[] tokens) {
    DoubleReference run = new DoubleReference(model.weights(), tokens);
    ModelGraph graph = model.graph();
    for (Op op : graph.ops()) {
      run.values.put(op.out().id(), run.compute(op));
    }
    return run.of(graph.logits());
  }

  private double[][] of(Value value) {
    return values.get(value.id());
  }

  private double[][] compute(Op op) {
    return switch (op) {
      case Op.Embed e -> embed(e);
      case Op.Linear l -> linear(of(l.in()), weights.tensor(l.weight()));
      case Op.AddBias a -> {
        double[] bias = matrix(weights.tensor(a.bias()))[0];
        yield zip(of(a.in()), (t, i, x) -> x + bias[i]);
      }
      case Op.RmsNorm n -> norm(n);
      case Op.Rope r -> rope(r);
      case Op.Attention a -> attention(a);
      case Op.GatedActivation g -> {
        DoubleUnaryOperator f = function(g.function());
        double[][] up = of(g.up());
        yield zip(of(g.gate()), (t, i, x) -> f.applyAsDouble(x) * up[t][i]);
      }
      case Op.Activation a -> {
        DoubleUnaryOperator f = function(a.function());
        yield zip(of(a.in()), (t, i, x) -> f.applyAsDouble(x));
      }
      case Op.Add a -> {
        double[][] b = of(a.b());
        yield zip(of(a.a()), (t, i, x) -> x + b[t][i]);
      }
      case Op.Mul m -> {
        double[][] b = of(m.b());
        yield zip(of(m.a()), (t, i, x) -> x * b[t][i]);
      }
      case Op.Scale s -> zip(of(s.in()), (t, i, x) -> x * s.factor());
      case Op.Softcap s -> zip(of(s.in()), (t, i, x) -> s.cap() * Math.tanh(x / s.cap()));
      case Op.TakeRows t -> of(t.in());
    };
  }

  /** A value from its place and its old value. */
  private interface Element {
    double at(int row, int column, double old);
  }

  private static double[][] zip(double[][] in, Element f) {
    double[][] out = new double[in.length][in[0].length];
    for (int t = 0; t < in.length; t++) {
      for (int i = 0; i < in[t].length; i++) {
        out[t][i] = f.at(t, i, in[t][i]);
      }
    }
    return out;
  }

  private static double[][] matrix(Tensor tensor) {
    double[][] rows = new double[tensor.rows()][tensor.columns()];
    return zip(
        rows, (r, c, x) -> Stored.value(tensor.dtype(), tensor.data(), r * rows[0].length + c));
  }

  private double[][] embed(Op.Embed op) {
    double[][] table = matrix(weights.tensor(op.table()));
    double[][] out = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      out[t] = table[tokens[t]];
    }
    return zip(out, (t, i, x) -> x * op.scale());
  }

  private static double[][] linear(double[][] in, Tensor tensor) {
    double[][] weight = matrix(tensor);
    return zip(
        new double[in.length][weight.length],
        (t, n, x) -> {
          double sum = 0;
          for (int k = 0; k < weight[n].length; k++) {
            sum += in[t][k] * weight[n][k];
          }
          return sum;
        });
  }

  private double[][] norm(Op.RmsNorm op) {
    double[][] in = of(op.in());
    double[] weight = matrix(weights.tensor(op.weight()))[0];
    int width = weight.length;
    return zip(
        in,
        (t, i, x) -> {
          double sum = 0;
          for (int k = i / width * width; k < (i / width + 1) * width; k++) {
            sum += in[t][k] * in[t][k];
          }
          double root = Math.sqrt(sum / width + op.epsilon());
          return x / root * (weight[i % width] + op.offset());
        });
  }

  private double[][] rope(Op.Rope op) {
    double[][] in = of(op.in());
    int headDim = op.in().width() / op.heads();
    int pairs = op.spec().dimensions() / 2;
    boolean halves = op.spec().style() == RopeSpec.Style.HALVES;
    double[][] out = zip(in, (t, i, x) -> x);
    for (int t = 0; t < in.length; t++) {
      for (int head = 0; head < op.heads(); head++) {
        for (int p = 0; p < pairs; p++) {
          int a = head * headDim + (halves ? p : 2 * p);
          int b = halves ? a + pairs : a + 1;
          double angle = t * op.spec().inverseFrequency(p);
          if (op.spec().scaling() instanceof RopeSpec.Divisors(String name)) {
            angle /= matrix(weights.tensor(name))[0][p];
          }
          out[t][a] = in[t][a] * Math.cos(angle) - in[t][b] * Math.sin(angle);
          out[t][b] = in[t][a] * Math.sin(angle) + in[t][b] * Math.cos(angle);
        }
      }
    }
    return out;
  }

  private double[][] attention(Op.Attention op) {
    AttentionSpec spec = op.spec();
    double[][] out = new double[tokens.length][spec.queryWidth()];
    for (int t = 0; t < tokens.length; t++) {
      for (int head = 0; head < spec.queryHeads(); head++) {
        attend(op, t, head, out[t]);
      }
    }
    return out;
  }

  private void attend(Op.Attention op, int t, int head, double[] out) {
    AttentionSpec spec = op.spec();
    int dim = spec.headDim();
    int kvAt = head / (spec.queryHeads() / spec.kvHeads()) * dim;
    int start = spec.window() == 0 ? 0 : Math.max(0, t - spec.window() + 1);
    double[] scores = new double[t + 1];
    double total = 0;
    for (int j = start; j <= t; j++) {
      double score = 0;
      for (int d = 0; d < dim; d++) {
        score += of(op.q())[t][head * dim + d] * of(op.k())[j][kvAt + d];
      }
      score *= spec.scale();
      scores[j] = spec.softcap() > 0 ? spec.softcap() * Math.tanh(score / spec.softcap()) : score;
    }
    double max = Arrays.stream(scores, start, t + 1).max().orElseThrow();
    for (int j = start; j <= t; j++) {
      scores[j] = Math.exp(scores[j] - max);
      total += scores[j];
    }
    for (int j = start; j <= t; j++) {
      for (int d = 0; d < dim; d++) {
        out[head * dim + d] += scores[j] / total * of(op.v())[j][kvAt + d];
      }
    }
  }

  private static DoubleUnaryOperator function(Op.Function function) {
    return switch (function) {
      case SILU -> x -> x / (1 + Math.exp(-x));
      case GELU -> x -> x * phi(x);
      case GELU_TANH ->
          x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    };
  }

  /** The Gaussian distribution function by Simpson's rule. */
  private static double phi(double x) {
    int steps = 2000;
    double from = -12;
    double h = (Math.max(x, from) - from) / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double y = from + i * h;
      sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-y * y / 2);
    }
    return sum * h / 3 / Math.sqrt(2 * Math.PI);
  }
}
