package io.quire.gpu.plan;

import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ops of a graph that are computed together. */
sealed interface Node {
  /** {@return the values that it reads} */
  List<Value> inputs();

  /** {@return the values that it writes, those that nobody else reads among them} */
  List<Value> outputs();

  /** {@return what its rows are} */
  default Value.Rows rows() {
    return outputs().getFirst().rows();
  }

  /** An op that nothing is fused with. */
  record Plain(Op op) implements Node {
    @Override
    public List<Value> inputs() {
      return Fusion.inputs(op);
    }

    @Override
    public List<Value> outputs() {
      return List.of(op.out());
    }
  }

  /** A sum that is normed at once. */
  record SumNorm(Op.Add add, Op.RmsNorm norm) implements Node {
    @Override
    public List<Value> inputs() {
      return Fusion.inputs(add);
    }

    @Override
    public List<Value> outputs() {
      return List.of(add.out(), norm.out());
    }
  }

  /**
   * Attention together with the rotation of its queries and keys.
   *
   * @param op the attention
   * @param q queries, not turned; turned in place
   * @param k keys, not turned
   * @param rope the angles, if there is a rotation
   */
  record Attend(Op.Attention op, Value q, Value k, Optional<RopeSpec> rope) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(q, k, op.v());
    }

    @Override
    public List<Value> outputs() {
      return List.of(op.out());
    }
  }

  /** A matrix product with what is added to it. */
  record Product(
      Value in, String weight, Optional<String> bias, Optional<Value> residual, Value out)
      implements Node {
    @Override
    public List<Value> inputs() {
      List<Value> inputs = new ArrayList<>(List.of(in));
      residual.ifPresent(inputs::add);
      return inputs;
    }

    @Override
    public List<Value> outputs() {
      return List.of(out);
    }
  }

  /** Three products of the same value: queries, keys and values. */
  record Triple(List<Product> products) implements Node {
    public Triple {
      products = List.copyOf(products);
    }

    @Override
    public List<Value> inputs() {
      return products.getFirst().inputs();
    }

    @Override
    public List<Value> outputs() {
      return products.stream().map(Product::out).toList();
    }
  }

  /** Two products of the same value and the gated activation of them. */
  record Gated(Product gate, Product up, Op.GatedActivation op) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(gate.in());
    }

    @Override
    public List<Value> outputs() {
      return List.of(op.out(), gate.out(), up.out());
    }
  }
}
