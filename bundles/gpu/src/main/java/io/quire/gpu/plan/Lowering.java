package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Value;
import io.quire.gpu.kernel.Arguments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns nodes into stages: operations with their shapes and arguments. */
final class Lowering {
  private final ModelGraph graph;
  private final WeightStore weights;
  private final PlanOptions options;
  private final Calls calls;
  private final StepBuffers step;
  private final MemoryPlan plan;
  private final DeviceBuffer values;
  private final Products products;
  private final Map<RopeSpec, DeviceBuffer> angles = new HashMap<>();
  private final Map<Integer, DeviceBuffer> buffers = new HashMap<>();

  /** What every step brings, as buffers. */
  record StepBuffers(
      DeviceBuffer ids,
      DeviceBuffer positions,
      DeviceBuffer cacheSlots,
      DeviceBuffer queryStart,
      DeviceBuffer seqLens,
      DeviceBuffer seqSlots,
      DeviceBuffer rowTokens,
      DeviceBuffer table,
      int tableStride) {}

  Lowering(
      ModelGraph graph,
      WeightStore weights,
      PlanOptions options,
      Calls calls,
      StepBuffers step,
      MemoryPlan plan,
      DeviceBuffer values) {
    this.graph = graph;
    this.weights = weights;
    this.options = options;
    this.calls = calls;
    this.step = step;
    this.plan = plan;
    this.values = values;
    products = new Products(weights, calls, this::buffer, graph);
  }

  /** {@return where the logits are written} */
  DeviceBuffer logits() {
    return buffer(graph.logits());
  }

  private DeviceBuffer buffer(Value value) {
    return buffers.computeIfAbsent(
        value.id(), id -> values.slice(plan.offset(value), plan.length(value)));
  }

  /** The stages of a node. */
  List<Stage> stages(Node node) {
    return switch (node) {
      case Node.Product product -> List.of(products.product(product));
      case Node.Gated gated -> List.of(products.gated(gated));
      case Node.Triple triple -> List.of(products.triple(triple));
      case Node.SumNorm sum -> {
        Arguments arguments = norm(sum.norm());
        arguments
            .buffer("in", buffer(sum.add().a()))
            .buffer("add", buffer(sum.add().b()))
            .buffer("sum", buffer(sum.add().out()));
        yield List.of(norm(sum.norm(), 1, arguments));
      }
      case Node.Attend attend -> attend(attend);
      case Node.Plain(Op op) -> List.of(plain(op));
    };
  }

  private Stage plain(Op op) {
    Value out = op.out();
    if (out.equals(graph.logits()) && !(op instanceof Op.Softcap)) {
      throw new DeviceException(
          "logits must be a matrix product, or the soft cap of one, but the graph ends with " + op);
    }
    Arguments arguments = new Arguments().buffer("out", buffer(out));
    List<Value> in = Fusion.inputs(op);
    Map<String, Integer> width = Map.of("WIDTH", out.width());
    return switch (op) {
      case Op.Embed embed -> embed(embed, arguments);
      case Op.RmsNorm norm -> norm(norm, 0, norm(norm).buffer("in", buffer(norm.in())));
      case Op.TakeRows take ->
          calls.stage(
              "rows.take",
              width,
              out,
              arguments.buffer("in", buffer(take.in())).buffer("row_tokens", step.rowTokens()));
      case Op.AddBias add ->
          calls.stage(
              "bias",
              width,
              out,
              arguments
                  .buffer("in", buffer(add.in()))
                  .buffer("bias", weights.vector(add.bias(), out.width(), 0)));
      case Op.GatedActivation gated ->
          Products.activation(calls, gated, arguments, buffer(gated.gate()), buffer(gated.up()));
      case Op.Activation activation ->
          calls.stage(
              "activation",
              Map.of("WIDTH", out.width(), "FUNCTION", activation.function().ordinal()),
              out,
              arguments.buffer("in", buffer(activation.in())));
      case Op.Add add -> calls.stage("add", width, out, two(arguments, in));
      case Op.Mul mul -> calls.stage("mul", width, out, two(arguments, in));
      case Op.Scale scale ->
          calls.stage(
              "scale",
              width,
              out,
              arguments.buffer("in", buffer(scale.in())).number("factor", scale.factor()));
      case Op.Softcap cap -> softcap(cap, arguments);
      default -> throw new DeviceException("the graph has " + op + ", which is not known here");
    };
  }

  private Arguments two(Arguments arguments, List<Value> in) {
    return arguments.buffer("a", buffer(in.getFirst())).buffer("b", buffer(in.getLast()));
  }

  private Stage embed(Op.Embed op, Arguments arguments) {
    int rows = graph.vocabularySize();
    int width = op.out().width();
    arguments
        .buffer("ids", step.ids())
        .buffer("table", weights.matrix(op.table(), rows, width, true))
        .number("scale", op.scale());
    return new Stage.Single(
        calls.call(
            "embed",
            weights.dtype(op.table()),
            Map.of("WIDTH", width, "VOCAB", rows),
            op.out(),
            1,
            arguments));
  }

  private Arguments norm(Op.RmsNorm op) {
    int width = op.in().width() / op.groups();
    return new Arguments()
        .buffer("out", buffer(op.out()))
        .buffer("weight", weights.vector(op.weight(), width, op.offset()))
        .number("epsilon", op.epsilon());
  }

  private Stage norm(Op.RmsNorm op, int hasAdd, Arguments arguments) {
    return new Stage.Single(
        calls.call(
            "norm.rms",
            calls.element(),
            Map.of("WIDTH", op.in().width() / op.groups(), "HAS_ADD", hasAdd),
            op.out(),
            op.groups(),
            arguments));
  }

  private Stage softcap(Op.Softcap op, Arguments arguments) {
    boolean single = Precision.single(op.out(), graph);
    arguments.buffer("in", buffer(op.in())).number("cap", op.cap());
    return new Stage.Single(
        calls.call(
            "softcap",
            single ? "f32" : calls.element(),
            Map.of("WIDTH", op.out().width(), "VALUE_F32", single ? 1 : 0),
            op.out(),
            1,
            arguments));
  }

  private List<Stage> attend(Node.Attend node) {
    Arguments singles = attention(node);
    Arguments any = singles.copy().buffer("query_start", step.queryStart()).number("skip", 0);
    List<Stage.Branch> branches = new ArrayList<>();
    for (int sequences : calls.decodes()) {
      Call call = attention("attention.decode", node.op(), Map.of("ROWS", sequences), singles);
      branches.add(new Stage.Branch(sequences, List.of(new Stage.Single(call))));
    }
    return List.of(
        store(node),
        new Stage.Attention(
            new Stage.Choice(branches), attention("attention.prefill", node.op(), Map.of(), any)));
  }

  /** Turns queries and keys, and stores keys and values. */
  private Stage store(Node.Attend node) {
    Op.Attention op = node.op();
    AttentionSpec spec = op.spec();
    Arguments arguments =
        new Arguments()
            .buffer("q", buffer(node.q()))
            .buffer("k", buffer(node.k()))
            .buffer("v", buffer(op.v()))
            .buffer("positions", step.positions())
            .buffer("cache_slots", step.cacheSlots())
            .buffer(
                "angles",
                node.rope().map(this::angles).orElseGet(() -> weights.floats(new float[1])))
            .number("magnitude", 1f);
    Map<String, Integer> shape =
        Map.of(
            "HEADS", spec.queryHeads(),
            "KV_HEADS", spec.kvHeads(),
            "HEAD_DIM", spec.headDim(),
            "ROTARY", node.rope().map(RopeSpec::dimensions).orElse(0),
            "NEOX", node.rope().filter(r -> r.style() == RopeSpec.Style.HALVES).isPresent() ? 1 : 0,
            "PAGE", options.blockTokens());
    return new Stage.Single(onCache("rope.cache", shape, op, arguments));
  }

  private Arguments attention(Node.Attend node) {
    AttentionSpec spec = node.op().spec();
    return new Arguments()
        .buffer("out", buffer(node.op().out()))
        .buffer("q", buffer(node.q()))
        .buffer("block_table", step.table())
        .buffer("seq_slots", step.seqSlots())
        .buffer("seq_lens", step.seqLens())
        .number("table_stride", step.tableStride())
        .number("scale", spec.scale())
        .number("softcap", spec.softcap())
        .number("window", spec.window());
  }

  private Call attention(
      String name, Op.Attention op, Map<String, Integer> more, Arguments arguments) {
    AttentionSpec spec = op.spec();
    Map<String, Integer> shape = new HashMap<>(more);
    shape.put("HEAD_DIM", spec.headDim());
    shape.put("KV_HEADS", spec.kvHeads());
    shape.put("GQA", spec.queryHeads() / spec.kvHeads());
    shape.put("PAGE", options.blockTokens());
    shape.put("USE_WINDOW", spec.window() > 0 ? 1 : 0);
    shape.put("USE_SOFTCAP", spec.softcap() > 0 ? 1 : 0);
    return onCache(name, shape, op, arguments);
  }

  private Call onCache(
      String name, Map<String, Integer> shape, Op.Attention op, Arguments arguments) {
    Call call = calls.call(name, calls.element(), shape, op.out(), 1, arguments);
    return call.on(op.layer());
  }

  private DeviceBuffer angles(RopeSpec spec) {
    return angles.computeIfAbsent(
        spec,
        s -> {
          int pairs = s.dimensions() / 2;
          Optional<float[]> divisors =
              s.scaling() instanceof RopeSpec.Divisors(String tensor)
                  ? Optional.of(weights.values(tensor, pairs))
                  : Optional.empty();
          float[] frequencies = new float[pairs];
          for (int i = 0; i < pairs; i++) {
            frequencies[i] =
                (float) (s.inverseFrequency(i) / (divisors.isPresent() ? divisors.get()[i] : 1));
          }
          return weights.floats(frequencies);
        });
  }
}
