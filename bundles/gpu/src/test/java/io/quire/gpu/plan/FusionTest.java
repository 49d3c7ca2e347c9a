package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FusionTest {
  private final ModelGraph.Builder builder = ModelGraph.builder("test", 32, 64);
  private final Value x = builder.embed("table", 16, 1);

  private List<Node> nodes(Value last) {
    Value rows = builder.takeRows(last);
    return Fusion.nodes(builder.build(builder.linear(rows, "head", 32)));
  }

  private static List<String> kinds(List<Node> nodes) {
    return nodes.stream()
        .map(node ->
            node instanceof Node.Plain(Op op)
                ? op.getClass().getSimpleName()
                : node.getClass().getSimpleName())
        .toList();
  }

  @Test
  void shouldAddBiasAndResidualWithTheProduct() {
    Value product = builder.addBias(builder.linear(x, "w", 16), "b");
    Value sum = builder.add(x, product);
    List<Node> nodes = nodes(sum);
    assertEquals(List.of("Embed", "Product", "TakeRows", "Product"), kinds(nodes));
    Node.Product fused = assertInstanceOf(Node.Product.class, nodes.get(1));
    assertEquals(Optional.of("b"), fused.bias());
    assertEquals(Optional.of(x), fused.residual());
    assertEquals(sum, fused.out());
  }

  @Test
  void shouldKeepAResidualThatIsWrittenLaterApart() {
    Value product = builder.linear(x, "w", 16);
    Value later = builder.scale(x, 2);
    List<Node> nodes = nodes(builder.add(later, product));
    assertEquals(List.of("Embed", "Product", "Scale", "Add", "TakeRows", "Product"), kinds(nodes));
  }

  @Test
  void shouldKeepAProductThatIsReadTwiceApart() {
    Value product = builder.linear(x, "w", 16);
    List<Node> nodes = nodes(builder.mul(builder.add(x, product), product));
    assertEquals(List.of("Embed", "Product", "Add", "Mul", "TakeRows", "Product"), kinds(nodes));
  }

  @Test
  void shouldNormASumAtOnce() {
    Value normed = builder.rmsNorm(builder.linear(x, "w", 16), "n", 1, 1e-5f, 0);
    Value sum = builder.add(x, normed);
    Value last = builder.rmsNorm(sum, "m", 1, 1e-5f, 0);
    List<Node> nodes = nodes(builder.add(sum, builder.scale(last, 2)));
    assertEquals(
        List.of("Embed", "Product", "RmsNorm", "SumNorm", "Scale", "Add", "TakeRows", "Product"),
        kinds(nodes));
    assertEquals(List.of(sum, last), nodes.get(3).outputs());
  }

  @Test
  void shouldComputeAGatedPairTogether() {
    Value gate = builder.linear(x, "gate", 24);
    Value up = builder.linear(x, "up", 24);
    Value inner = builder.gated(gate, up, Op.Function.SILU);
    List<Node> nodes = nodes(builder.linear(inner, "down", 16));
    assertEquals(List.of("Embed", "Gated", "Product", "TakeRows", "Product"), kinds(nodes));
    assertEquals(List.of(inner, gate, up), nodes.get(1).outputs());
  }

  @Test
  void shouldTurnQueriesAndKeysAsTheCacheIsWritten() {
    Value q = builder.linear(x, "q", 64);
    Value k = builder.linear(x, "k", 32);
    Value v = builder.linear(x, "v", 32);
    Value a =
        builder.attention(
            builder.rope(q, 4, TinyModel.ROPE),
            builder.rope(k, 2, TinyModel.ROPE),
            v,
            TinyModel.ATTENTION);
    List<Node> nodes = nodes(a);
    Node.Triple triple = assertInstanceOf(Node.Triple.class, nodes.get(1));
    assertEquals(List.of(x), triple.inputs());
    assertEquals(List.of(q, k, v), triple.outputs());
    Node.Attend attend = assertInstanceOf(Node.Attend.class, nodes.get(2));
    assertEquals(List.of(q, k, v), attend.inputs());
    assertEquals(Optional.of(TinyModel.ROPE), attend.rope());
  }

  @Test
  void shouldRefuseARotationThatNoAttentionReads() {
    Value turned = builder.rope(builder.linear(x, "q", 64), 4, TinyModel.ROPE);
    DeviceException e = assertThrows(DeviceException.class, () -> nodes(turned));
    assertTrue(e.getMessage().contains("not the query or key"), e.getMessage());
  }
}
