package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.ModelGraph;
import io.quire.api.model.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {
  private static long length(Value value) {
    return value.width() * (value.rows() == Value.Rows.TOKENS ? 100L : 3L);
  }

  @ParameterizedTest
  @ValueSource(longs = {20_26, 3, 77})
  void shouldNeverGiveAPlaceToTwoValuesThatAreNeeded(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int i = 0; i < 50; i++) {
      List<Node> nodes = Fusion.nodes(graph(random));
      MemoryPlan plan = new MemoryPlan(nodes, MemoryPlanTest::length);
      // Runs the nodes: each marks its outputs' places, and must find its inputs' marks.
      Map<Integer, Value> marks = new HashMap<>();
      for (Node node : nodes) {
        for (Value in : node.inputs()) {
          assertEquals(in, marks.get(in.id()), "overwritten before " + node);
        }
        for (Value out : node.outputs()) {
          marks.values().removeIf(other -> overlap(plan, out, other));
          marks.put(out.id(), out);
        }
        for (Value in : node.inputs()) {
          assertEquals(in, marks.get(in.id()), "overwritten by " + node);
        }
      }
    }
  }

  private static boolean overlap(MemoryPlan plan, Value a, Value b) {
    return plan.offset(a) < plan.offset(b) + plan.length(b)
        && plan.offset(b) < plan.offset(a) + plan.length(a);
  }

  /** Any values, each read again at random; sums of the same width. */
  private static ModelGraph graph(RandomGenerator random) {
    ModelGraph.Builder builder = ModelGraph.builder("random", 32, 64);
    List<Value> values = new ArrayList<>();
    values.add(builder.embed("table", 16, 1));
    for (int i = 0; i < 40; i++) {
      Value a = values.get(random.nextInt(values.size()));
      Value b = values.get(random.nextInt(values.size()));
      values.add(
          a.width() == b.width() && random.nextBoolean()
              ? builder.add(a, b)
              : builder.linear(a, "w" + i, 16 * (1 + random.nextInt(4))));
    }
    Value rows = builder.takeRows(values.getLast());
    return builder.build(builder.linear(rows, "head", 32));
  }

  @Test
  void shouldUseMemoryAgain() {
    ModelGraph graph = new TinyModel().graph();
    MemoryPlan plan = new MemoryPlan(Fusion.nodes(graph), MemoryPlanTest::length);
    // At the widest point: the residual, the normed value, gate, up and their product.
    long most = 100L * (2 * TinyModel.HIDDEN + 3 * TinyModel.INNER);
    assertTrue(plan.bytes() <= most + 5 * 256, plan.bytes() + " bytes, " + most + " are needed");
  }

  @Test
  void shouldKeepWhatEveryRoundOfLogitsReads() {
    ModelGraph.Builder builder = ModelGraph.builder("test", 32, 64);
    Value x = builder.embed("table", 16, 1);
    Value rows = builder.takeRows(x);
    Value normed = builder.rmsNorm(rows, "n", 1, 1e-5f, 0);
    ModelGraph graph = builder.build(builder.linear(normed, "head", 32));
    MemoryPlan plan = new MemoryPlan(Fusion.nodes(graph), MemoryPlanTest::length);
    assertTrue(!overlap(plan, x, normed) && !overlap(plan, x, graph.logits()));
  }
}
