package io.quire.backend.cpu.plan;

import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Groups ops into nodes: products of the same value run together, biases and residual sums are
 * added as products are finished, gated pairs never store their products. No sum changes its order.
 */
final class Fusion {
  private final List<Op> ops;
  private final Map<Integer, List<Op>> readers = new HashMap<>();
  private final Map<Integer, Integer> writers = new HashMap<>();
  private final Set<Op> done = new HashSet<>();
  private final int logits;

  private Fusion(ModelGraph graph) {
    ops = graph.ops();
    logits = graph.logits().id();
    for (int i = 0; i < ops.size(); i++) {
      Op op = ops.get(i);
      writers.put(op.out().id(), i);
      for (Value in : inputs(op)) {
        readers.computeIfAbsent(in.id(), id -> new ArrayList<>()).add(op);
      }
    }
  }

  /** The nodes of a graph, in an order in which they can run. */
  static List<Node> nodes(ModelGraph graph) {
    return new Fusion(graph).nodes();
  }

  private List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < ops.size(); i++) {
      Op op = ops.get(i);
      if (done.contains(op)) {
        continue;
      }
      if (op instanceof Op.Linear linear) {
        Optional<Node> gated = gated(linear);
        nodes.add(gated.isPresent() ? gated.get() : products(linear, i));
      } else {
        done.add(op);
        nodes.add(new Node.Single(op));
      }
    }
    return nodes;
  }

  private Optional<Node> gated(Op.Linear first) {
    if (onlyReader(first.out()).orElse(null) instanceof Op.GatedActivation op
        && writer(op.gate()) instanceof Op.Linear gate
        && writer(op.up()) instanceof Op.Linear up
        && !gate.equals(up)
        && gate.in().equals(up.in())
        && onlyReader(gate.out()).isPresent()
        && onlyReader(up.out()).isPresent()) {
      done.addAll(List.of(gate, up, op));
      return Optional.of(new Node.Gated(first.in(), gate.weight(), up.weight(), op));
    }
    return Optional.empty();
  }

  private Node products(Op.Linear first, int index) {
    List<Op.Linear> group = new ArrayList<>();
    for (Op op : readers.get(first.in().id())) {
      if (op instanceof Op.Linear linear
          && !done.contains(op)
          && !(onlyReader(linear.out()).orElse(null) instanceof Op.GatedActivation)) {
        group.add(linear);
      }
    }
    if (!group.contains(first)) {
      group = List.of(first);
    }
    boolean alone = group.size() == 1;
    return new Node.Products(
        first.in(), group.stream().map(linear -> branch(linear, alone, index)).toList());
  }

  private Node.Branch branch(Op.Linear linear, boolean alone, int index) {
    done.add(linear);
    Value out = linear.out();
    Optional<String> bias = Optional.empty();
    if (onlyReader(out).orElse(null) instanceof Op.AddBias add) {
      done.add(add);
      bias = Optional.of(add.bias());
      out = add.out();
    }
    Optional<Value> residual = Optional.empty();
    if (alone && onlyReader(out).orElse(null) instanceof Op.Add add && !add.a().equals(add.b())) {
      Value other = add.a().equals(out) ? add.b() : add.a();
      if (writers.get(other.id()) < index) {
        done.add(add);
        residual = Optional.of(other);
        out = add.out();
      }
    }
    return new Node.Branch(linear.weight(), bias, residual, out);
  }

  private Op writer(Value value) {
    return ops.get(writers.get(value.id()));
  }

  private Optional<Op> onlyReader(Value value) {
    List<Op> all = readers.getOrDefault(value.id(), List.of());
    boolean one = all.size() == 1 && value.id() != logits;
    return one ? Optional.of(all.getFirst()) : Optional.empty();
  }

  /** The values that an op reads. */
  static List<Value> inputs(Op op) {
    return switch (op) {
      case Op.Embed embed -> List.of();
      case Op.Linear linear -> List.of(linear.in());
      case Op.AddBias add -> List.of(add.in());
      case Op.RmsNorm norm -> List.of(norm.in());
      case Op.Rope rope -> List.of(rope.in());
      case Op.Attention attention -> List.of(attention.q(), attention.k(), attention.v());
      case Op.GatedActivation gated -> List.of(gated.gate(), gated.up());
      case Op.Activation activation -> List.of(activation.in());
      case Op.Add add -> List.of(add.a(), add.b());
      case Op.Mul mul -> List.of(mul.a(), mul.b());
      case Op.Scale scale -> List.of(scale.in());
      case Op.Softcap cap -> List.of(cap.in());
      case Op.TakeRows take -> List.of(take.in());
    };
  }
}
