package io.quire.gpu.plan;

import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;

/** Which values are in single precision: the logits, and what is soft-capped to become them. */
final class Precision {
  private Precision() {}

  /**
   * Tells.
   *
   * @param value a value of the graph
   * @param graph the graph
   * @return true for singles, false for elements of 16 bits
   */
  static boolean single(Value value, ModelGraph graph) {
    if (value.equals(graph.logits())) {
      return true;
    }
    return graph.ops().stream()
        .anyMatch(op ->
            op instanceof Op.Softcap cap
                && cap.out().equals(graph.logits())
                && cap.in().equals(value));
  }

  /** {@return bytes of an element} */
  static long bytes(Value value, ModelGraph graph) {
    return single(value, graph) ? 4 : 2;
  }
}
