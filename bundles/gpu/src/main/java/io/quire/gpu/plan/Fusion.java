package io.quire.gpu.plan;

import io.quire.api.device.DeviceException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Groups the ops of a graph into nodes. What matches no pattern stays alone. */
final class Fusion {
  private static final int TRIPLE = 3;

  private final List<Op> ops;
  private final Value logits;
  private final Map<Integer, List<Op>> readers = new HashMap<>();
  private final Map<Integer, Integer> writers = new HashMap<>();
  private final Set<Op> done = new HashSet<>();

  private Fusion(ModelGraph graph) {
    ops = graph.ops();
    logits = graph.logits();
    for (int i = 0; i < ops.size(); i++) {
      writers.put(ops.get(i).out().id(), i);
      for (Value in : inputs(ops.get(i))) {
        readers.computeIfAbsent(in.id(), id -> new ArrayList<>()).add(ops.get(i));
      }
    }
  }

  /**
   * The nodes of a graph.
   *
   * @param graph any graph
   * @return nodes in an order in which they can run; all that compute rows of logits come last
   * @throws DeviceException if a rotation does not belong to an attention
   */
  static List<Node> nodes(ModelGraph graph) {
    List<Node> nodes = triples(new Fusion(graph).nodes());
    List<Node> ordered = new ArrayList<>();
    for (Value.Rows kind : Value.Rows.values()) {
      nodes.stream().filter(node -> node.rows() == kind).forEach(ordered::add);
    }
    return ordered;
  }

  /** Three plain products of the same value that follow one another become one. */
  private static List<Node> triples(List<Node> nodes) {
    List<Node> joined = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      List<Node.Product> three = alike(nodes.subList(i, Math.min(i + TRIPLE, nodes.size())));
      if (three.size() == TRIPLE) {
        joined.add(new Node.Triple(three));
        i += TRIPLE - 1;
      } else {
        joined.add(nodes.get(i));
      }
    }
    return joined;
  }

  /** The first of some nodes that are products of the same value and nothing else. */
  private static List<Node.Product> alike(List<Node> nodes) {
    List<Node.Product> found = new ArrayList<>();
    for (Node node : nodes) {
      boolean fits =
          node instanceof Node.Product product
              && product.bias().isEmpty()
              && product.residual().isEmpty()
              && product.in().rows() == Value.Rows.TOKENS
              && (found.isEmpty() || found.getFirst().in().equals(product.in()));
      if (!fits) {
        return found;
      }
      found.add((Node.Product) node);
    }
    return found;
  }

  private List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < ops.size(); i++) {
      Op op = ops.get(i);
      if (done.contains(op) || op instanceof Op.Rope) {
        continue;
      }
      switch (op) {
        case Op.Linear linear -> product(linear, i).ifPresent(nodes::add);
        case Op.Add add -> nodes.add(sum(add));
        case Op.Attention attention -> nodes.add(attend(attention));
        case Op.GatedActivation gated -> nodes.add(gated(gated));
        default -> nodes.add(new Node.Plain(op));
      }
      done.add(op);
    }
    for (Op op : ops) {
      if (!done.contains(op) && op instanceof Op.Rope) {
        throw new DeviceException(
            "the graph turns a value that is not the query or key of one attention: " + op);
      }
    }
    return nodes;
  }

  /** A product with what follows it; none if a gated activation takes it over. */
  private Optional<Node> product(Op.Linear linear, int index) {
    if (onlyReader(linear.out()).orElse(null) instanceof Op.GatedActivation gated && pair(gated)) {
      return Optional.empty();
    }
    Value out = linear.out();
    Optional<String> bias = Optional.empty();
    if (onlyReader(out).orElse(null) instanceof Op.AddBias add) {
      done.add(add);
      bias = Optional.of(add.bias());
      out = add.out();
    }
    Optional<Value> residual = Optional.empty();
    if (onlyReader(out).orElse(null) instanceof Op.Add add
        && !done.contains(add)
        && !add.a().equals(add.b())
        && !add.out().equals(logits)) {
      Value other = add.a().equals(out) ? add.b() : add.a();
      if (writers.get(other.id()) < index) {
        done.add(add);
        residual = Optional.of(other);
        out = add.out();
      }
    }
    return Optional.of(new Node.Product(linear.in(), linear.weight(), bias, residual, out));
  }

  /** Whether both sides are plain products of the same value for this alone. */
  private boolean pair(Op.GatedActivation gated) {
    return writer(gated.gate()) instanceof Op.Linear gate
        && writer(gated.up()) instanceof Op.Linear up
        && !gate.equals(up)
        && gate.in().equals(up.in())
        && onlyReader(gate.out()).isPresent()
        && onlyReader(up.out()).isPresent();
  }

  private Node gated(Op.GatedActivation op) {
    if (!pair(op)) {
      return new Node.Plain(op);
    }
    return new Node.Gated(
        alone((Op.Linear) writer(op.gate())), alone((Op.Linear) writer(op.up())), op);
  }

  private static Node.Product alone(Op.Linear linear) {
    return new Node.Product(
        linear.in(), linear.weight(), Optional.empty(), Optional.empty(), linear.out());
  }

  /** A sum, and the norm that reads it first. */
  private Node sum(Op.Add add) {
    for (Op reader : readers.getOrDefault(add.out().id(), List.of())) {
      if (reader instanceof Op.RmsNorm norm && norm.groups() == 1 && !done.contains(norm)) {
        done.add(norm);
        return new Node.SumNorm(add, norm);
      }
    }
    return new Node.Plain(add);
  }

  private Node attend(Op.Attention op) {
    if (writer(op.q()) instanceof Op.Rope q
        && writer(op.k()) instanceof Op.Rope k
        && q.spec().equals(k.spec())
        && onlyReader(q.out()).isPresent()
        && onlyReader(k.out()).isPresent()
        && onlyReader(q.in()).isPresent()) {
      done.add(q);
      done.add(k);
      return new Node.Attend(op, q.in(), k.in(), Optional.of(q.spec()));
    }
    return new Node.Attend(op, op.q(), op.k(), Optional.<RopeSpec>empty());
  }

  private Op writer(Value value) {
    return ops.get(writers.get(value.id()));
  }

  private Optional<Op> onlyReader(Value value) {
    List<Op> all = readers.getOrDefault(value.id(), List.of());
    boolean one = all.size() == 1 && !value.equals(logits);
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
