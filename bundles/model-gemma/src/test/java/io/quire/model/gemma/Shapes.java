package io.quire.model.gemma;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Weights;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks that every weight a graph names has the shape that its op needs. */
final class Shapes {
  private Shapes() {}

  /** Returns the names it saw. */
  static Set<String> check(ModelGraph graph, Weights weights) {
    Set<String> seen = new HashSet<>();
    for (Op op : graph.ops()) {
      switch (op) {
        case Op.Embed e -> check(weights, seen, e.table(), graph.vocabularySize(), e.out().width());
        case Op.Linear l -> check(weights, seen, l.weight(), l.out().width(), l.in().width());
        case Op.AddBias b -> check(weights, seen, b.bias(), b.in().width());
        case Op.RmsNorm n -> check(weights, seen, n.weight(), n.in().width() / n.groups());
        default -> assertEquals(0, op.out().width() % 2, op.toString());
      }
    }
    return seen;
  }

  private static void check(Weights weights, Set<String> seen, String name, long... shape) {
    seen.add(name);
    List<Long> wanted = Arrays.stream(shape).boxed().toList();
    assertEquals(wanted, weights.tensor(name).shape(), name);
  }
}
