package io.quire.backend.cpu.plan;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Tensor;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns a graph and its weights into stages. */
final class Compiler {
  /** Rows of logits that exist at a time: of a vocabulary of 262,144, 32 rows take 32 MiB. */
  private static final int LOGIT_ROWS = 32;

  /** Scores that one thread keeps, 8 MiB. */
  private static final long MAX_SCORES = 1 << 21;

  private final ModelGraph graph;
  private final Weights weights;
  private final PlanOptions options;
  private final Kernels kernels;
  private final KvCache cache;
  private final Worker.Sizes sizes = new Worker.Sizes();
  private final Map<RopeSpec, RopeTable> ropes = new HashMap<>();
  private Memory memory;

  /**
   * A graph that can run.
   *
   * @param tokenStages what is computed for every token
   * @param rowStages what is computed for every row of logits
   * @param logits where rows of logits appear
   * @param logitRows how many at a time
   * @param cache keys and values, not yet allocated
   * @param ropes tables of angles
   * @param sizes what each thread needs
   * @param tileTokens tokens of an attention tile
   */
  record Compiled(
      List<Stage> tokenStages,
      List<Stage> rowStages,
      Matrix logits,
      int logitRows,
      KvCache cache,
      List<RopeTable> ropes,
      Worker.Sizes sizes,
      int tileTokens) {}

  Compiler(ModelGraph graph, Weights weights, PlanOptions options, Kernels kernels) {
    this.graph = graph;
    this.weights = weights;
    this.options = options;
    this.kernels = kernels;
    cache = new KvCache(graph.attention(), options.blockTokens());
  }

  Compiled compile(Device.Progress progress) {
    List<Node> nodes = Fusion.nodes(graph);
    int logitRows = Math.min(LOGIT_ROWS, options.maxRows());
    memory = new Memory(order(nodes), graph.logits(), options.maxTokens(), logitRows);
    int tileTokens = size();
    List<Stage> tokenStages = new ArrayList<>();
    List<Stage> rowStages = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      boolean tokens = node.outputs().getFirst().rows() == Value.Rows.TOKENS;
      (tokens ? tokenStages : rowStages).addAll(stages(node));
      progress.report("stages", i + 1, nodes.size());
    }
    return new Compiled(
        tokenStages,
        rowStages,
        memory.of(graph.logits()),
        logitRows,
        cache,
        List.copyOf(ropes.values()),
        sizes,
        tileTokens);
  }

  /** Rows of logits are computed after all tokens. */
  private static List<Node> order(List<Node> nodes) {
    List<Node> ordered = new ArrayList<>();
    for (Value.Rows kind : Value.Rows.values()) {
      nodes.stream().filter(n -> n.outputs().getFirst().rows() == kind).forEach(ordered::add);
    }
    return ordered;
  }

  private int size() {
    sizes.vocabulary = graph.vocabularySize();
    for (Op op : graph.ops()) {
      if (!op.out().equals(graph.logits())) {
        sizes.depth = Math.max(sizes.depth, Kernels.padded(op.out().width()));
      }
    }
    int group = 1;
    for (AttentionSpec spec : graph.attention()) {
      group = Math.max(group, spec.queryHeads() / spec.kvHeads());
      sizes.headDim = Math.max(sizes.headDim, Kernels.padded(spec.headDim()));
    }
    sizes.scoreStride =
        Kernels.padded(Math.addExact(options.maxSequenceLength(), 2 * options.blockTokens()))
            + Kernels.LANES;
    int tileTokens = 8;
    while (tileTokens > 1 && (long) tileTokens * group * sizes.scoreStride > MAX_SCORES) {
      tileTokens /= 2;
    }
    int tile = Kernels.QUERY_TILE;
    sizes.attentionRows = (tileTokens * group + tile - 1) / tile * tile;
    if ((long) sizes.attentionRows * sizes.scoreStride > Integer.MAX_VALUE - 64) {
      throw new DeviceException(
          "attention over "
              + options.maxSequenceLength()
              + " tokens needs more scores than a Java array holds. Lower max-model-len.");
    }
    return tileTokens;
  }

  private List<Stage> stages(Node node) {
    return switch (node) {
      case Node.Single single -> stages(single.op());
      case Node.Products products -> List.of(products(products));
      case Node.Gated gated -> List.of(gated(gated));
    };
  }

  private Stage products(Node.Products node) {
    List<LinearStage.Product> products = new ArrayList<>();
    for (Node.Branch branch : node.branches()) {
      products.add(
          new LinearStage.Product(
              panels(branch.weight(), branch.out().width(), node.in().width()),
              memory.of(branch.out()),
              branch.bias().map(name -> vector(name, branch.out().width(), 0)),
              branch.residual().map(memory::of)));
    }
    return new LinearStage(node.in().rows(), memory.of(node.in()), products);
  }

  private Stage gated(Node.Gated node) {
    int width = node.op().out().width();
    return new GatedStage(
        kernels,
        node.in().rows(),
        memory.of(node.in()),
        panels(node.gate(), width, node.in().width()),
        panels(node.up(), width, node.in().width()),
        node.op().function(),
        memory.of(node.op().out()));
  }

  private List<Stage> stages(Op op) {
    Matrix out = memory.of(op.out());
    return switch (op) {
      case Op.Embed embed -> List.of(embed(embed, out));
      case Op.RmsNorm norm -> {
        float[] weight = vector(norm.weight(), norm.in().width() / norm.groups(), norm.offset());
        yield List.of(new RowStages.Norm(kernels, norm, weight, memory.of(norm.in()), out));
      }
      case Op.Rope rope -> {
        requireTokens(op, rope.in());
        RopeTable table = ropes.computeIfAbsent(rope.spec(), this::table);
        yield List.of(new RowStages.Rope(rope, table, memory.of(rope.in()), out));
      }
      case Op.Attention attention -> {
        requireTokens(op, attention.q());
        Matrix k = memory.of(attention.k());
        Matrix v = memory.of(attention.v());
        Matrix q = memory.of(attention.q());
        yield List.of(
            new RowStages.Store(cache, attention, k, v),
            new AttentionStage(kernels, cache, attention, sizes.scoreStride, q, out));
      }
      case Op.TakeRows take -> List.of(new RowStages.Take(take, memory.of(take.in()), out));
      case Op.AddBias add -> {
        float[] bias = vector(add.bias(), add.in().width(), 0);
        Matrix row = new Matrix(bias, bias.length, 0);
        yield List.of(new RowStages.Plain(kernels, op, memory.of(add.in()), row, out));
      }
      default -> {
        List<Value> inputs = Fusion.inputs(op);
        Matrix a = memory.of(inputs.getFirst());
        yield List.of(new RowStages.Plain(kernels, op, a, memory.of(inputs.getLast()), out));
      }
    };
  }

  private Stage embed(Op.Embed op, Matrix out) {
    Tensor table = weights.tensor(op.table());
    if (table.rows() < graph.vocabularySize() || table.columns() != op.out().width()) {
      throw mismatch(table, graph.vocabularySize(), op.out().width());
    }
    return new RowStages.Embed(kernels, op, table, out);
  }

  private Panels panels(String name, int rows, int columns) {
    Tensor weight = weights.tensor(name);
    if (weight.rows() != rows || weight.columns() != columns) {
      throw mismatch(weight, rows, columns);
    }
    return new Panels(kernels, weight);
  }

  /** A small tensor as floats, with a constant added. */
  private float[] vector(String name, int length, float offset) {
    Tensor tensor = weights.tensor(name);
    if (tensor.elements() != length) {
      throw mismatch(tensor, 1, length);
    }
    float[] values = new float[length];
    kernels.decode(tensor.dtype(), tensor.data(), 0, length, values, 0);
    for (int i = 0; i < length; i++) {
      values[i] += offset;
    }
    return values;
  }

  private RopeTable table(RopeSpec spec) {
    int pairs = spec.dimensions() / 2;
    float[] divisors = new float[pairs];
    Arrays.fill(divisors, 1);
    if (spec.scaling() instanceof RopeSpec.Divisors(String tensor)) {
      divisors = vector(tensor, pairs, 0);
    }
    return new RopeTable(spec, divisors, options.maxSequenceLength());
  }

  private static void requireTokens(Op op, Value in) {
    if (in.rows() != Value.Rows.TOKENS) {
      throw new DeviceException("the graph has " + op + " after rows of logits were taken");
    }
  }

  private static DeviceException mismatch(Tensor tensor, int rows, int columns) {
    return new DeviceException(
        "tensor "
            + tensor.name()
            + " has the shape "
            + tensor.shape()
            + ", but the graph needs ["
            + rows
            + ", "
            + columns
            + "]. The file does not fit its own description.");
  }
}
