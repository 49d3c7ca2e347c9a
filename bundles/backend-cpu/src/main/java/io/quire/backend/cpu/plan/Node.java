package io.quire.backend.cpu.plan;

import io.quire.api.model.Op;
import io.quire.api.model.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One or several ops of a graph that run as one stage. */
sealed interface Node {
  /** {@return the values it reads} */
  List<Value> inputs();

  /** {@return the values it writes} */
  List<Value> outputs();

  /** {@return the inputs whose memory an output may take over} */
  List<Value> reusable();

  /**
   * An op by itself.
   *
   * @param op the op
   */
  record Single(Op op) implements Node {
    @Override
    public List<Value> inputs() {
      return Fusion.inputs(op);
    }

    @Override
    public List<Value> outputs() {
      return List.of(op.out());
    }

    @Override
    public List<Value> reusable() {
      return switch (op) {
        case Op.Attention attention -> List.of();
        case Op.TakeRows take -> List.of();
        default -> inputs();
      };
    }
  }

  /**
   * Products that read the same value.
   *
   * @param in the value
   * @param branches the products
   */
  record Products(Value in, List<Branch> branches) implements Node {
    @Override
    public List<Value> inputs() {
      List<Value> all = new ArrayList<>(List.of(in));
      branches.forEach(b -> b.residual().ifPresent(all::add));
      return all;
    }

    @Override
    public List<Value> outputs() {
      return branches.stream().map(Branch::out).toList();
    }

    @Override
    public List<Value> reusable() {
      return branches.stream()
          .flatMap(b -> b.residual().stream())
          .filter(v -> v.id() != in.id())
          .toList();
    }
  }

  /**
   * One product with what follows it.
   *
   * @param weight the matrix
   * @param bias added to every row
   * @param residual added to the result
   * @param out the last value
   */
  record Branch(String weight, Optional<String> bias, Optional<Value> residual, Value out) {}

  /**
   * A gated pair of products.
   *
   * @param in the value both read
   * @param gate the matrix whose product goes through the function
   * @param up the other one
   * @param op the function
   */
  record Gated(Value in, String gate, String up, Op.GatedActivation op) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(in);
    }

    @Override
    public List<Value> outputs() {
      return List.of(op.out());
    }

    @Override
    public List<Value> reusable() {
      return List.of();
    }
  }
}
