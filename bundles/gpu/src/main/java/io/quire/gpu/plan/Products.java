package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;
import io.quire.gpu.kernel.Arguments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Matrix products: for few rows kernels that stream the weights, for more the tiled one. */
final class Products {
  private final WeightStore weights;
  private final Calls calls;
  private final Function<Value, DeviceBuffer> buffers;
  private final ModelGraph graph;

  Products(
      WeightStore weights, Calls calls, Function<Value, DeviceBuffer> buffers, ModelGraph graph) {
    this.weights = weights;
    this.calls = calls;
    this.buffers = buffers;
    this.graph = graph;
  }

  Stage product(Node.Product node) {
    Value out = node.out();
    int n = out.width();
    int k = node.in().width();
    boolean single = Precision.single(out, graph);
    Map<String, Integer> shape =
        Map.of(
            "N", n,
            "K", k,
            "HAS_BIAS", node.bias().isPresent() ? 1 : 0,
            "HAS_RESIDUAL", node.residual().isPresent() ? 1 : 0,
            "OUT_F32", single ? 1 : 0);
    Arguments arguments =
        new Arguments()
            .buffer("out", buffers.apply(out))
            .buffer("in", buffers.apply(node.in()))
            .buffer("weight", weights.matrix(node.weight(), n, k, single));
    node.bias().ifPresent(name -> arguments.buffer("bias", weights.vector(name, n, 0)));
    node.residual().ifPresent(value -> arguments.buffer("residual", buffers.apply(value)));
    String dtype = weights.dtype(node.weight());
    List<Stage.Branch> branches = new ArrayList<>();
    for (int rows : calls.buckets(out)) {
      Call call = calls.call("linear.skinny", dtype, with(shape, rows), rows, 1, arguments.copy());
      branches.add(new Stage.Branch(rows, List.of(new Stage.Single(call))));
    }
    Call tile = calls.call("linear.tile", dtype, shape, out, 1, arguments);
    branches.add(new Stage.Branch(Stage.ANY, List.of(new Stage.Single(tile))));
    return new Stage.Choice(branches);
  }

  Stage triple(Node.Triple node) {
    List<Node.Product> products = node.products();
    Node.Product first = products.getFirst();
    String dtype = weights.dtype(first.weight());
    List<Stage.Branch> branches = new ArrayList<>();
    if (products.stream().allMatch(each -> weights.dtype(each.weight()).equals(dtype))) {
      int k = first.in().width();
      Map<String, Integer> shape = new HashMap<>(Map.of("K", k));
      Arguments arguments = new Arguments().buffer("in", buffers.apply(first.in()));
      for (int i = 0; i < products.size(); i++) {
        Node.Product each = products.get(i);
        int n = each.out().width();
        shape.put("N" + i, n);
        arguments.buffer("out" + i, buffers.apply(each.out()));
        arguments.buffer("weight" + i, weights.matrix(each.weight(), n, k, false));
      }
      for (int rows : calls.buckets(first.out())) {
        Call call =
            calls.call("linear.triple", dtype, with(shape, rows), rows, 1, arguments.copy());
        branches.add(new Stage.Branch(rows, List.of(new Stage.Single(call))));
      }
    }
    branches.add(new Stage.Branch(Stage.ANY, products.stream().map(this::product).toList()));
    return new Stage.Choice(branches);
  }

  Stage gated(Node.Gated node) {
    Op.GatedActivation op = node.op();
    String dtype = weights.dtype(node.gate().weight());
    int n = op.out().width();
    int k = node.gate().in().width();
    List<Stage.Branch> branches = new ArrayList<>();
    Supplier<Arguments> arguments =
        () ->
            new Arguments()
                .buffer("out", buffers.apply(op.out()))
                .buffer("in", buffers.apply(node.gate().in()))
                .buffer("gate", weights.matrix(node.gate().weight(), n, k, false))
                .buffer("up", weights.matrix(node.up().weight(), n, k, false));
    if (dtype.equals(weights.dtype(node.up().weight()))) {
      Map<String, Integer> shape = Map.of("N", n, "K", k, "FUNCTION", op.function().ordinal());
      for (int rows : calls.buckets(op.out())) {
        Call call = calls.call("linear.gated", dtype, with(shape, rows), rows, 1, arguments.get());
        branches.add(new Stage.Branch(rows, List.of(new Stage.Single(call))));
      }
    }
    Stage activation =
        activation(
            calls,
            op,
            new Arguments().buffer("out", buffers.apply(op.out())),
            buffers.apply(node.gate().out()),
            buffers.apply(node.up().out()));
    branches.add(
        new Stage.Branch(Stage.ANY, List.of(product(node.gate()), product(node.up()), activation)));
    return new Stage.Choice(branches);
  }

  /** The activation of two values. */
  static Stage activation(
      Calls calls, Op.GatedActivation op, Arguments arguments, DeviceBuffer gate, DeviceBuffer up) {
    return calls.stage(
        "activation.gated",
        Map.of("WIDTH", op.out().width(), "FUNCTION", op.function().ordinal()),
        op.out(),
        arguments.buffer("gate", gate).buffer("up", up));
  }

  private static Map<String, Integer> with(Map<String, Integer> shape, int rows) {
    Map<String, Integer> all = new HashMap<>(shape);
    all.put("ROWS", rows);
    return all;
  }
}
