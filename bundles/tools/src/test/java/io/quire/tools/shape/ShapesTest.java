package io.quire.tools.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.kernel.CaseSource;
import io.quire.testkit.kernel.KernelCase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShapesTest {
  @Test
  void shouldListCombinationsDefaultsFirstAndTheLastTunableFastest() {
    Map<String, List<Integer>> tunables = new LinkedHashMap<>();
    tunables.put("A", List.of(4, 2));
    tunables.put("B", List.of(1, 3));

    assertEquals(
        List.of(
            Map.of("A", 4, "B", 1),
            Map.of("A", 4, "B", 3),
            Map.of("A", 2, "B", 1),
            Map.of("A", 2, "B", 3)),
        Combinations.of(tunables));
    assertEquals(List.of(Map.of()), Combinations.of(Map.of()));
  }

  @Test
  void shouldRefuseTooManyCombinations() {
    List<Integer> many = java.util.stream.IntStream.range(0, 64).boxed().toList();
    Map<String, List<Integer>> tunables = Map.of("A", many, "B", many, "C", many, "D", many);

    String message =
        assertThrows(IllegalArgumentException.class, () -> Combinations.of(tunables)).getMessage();
    assertTrue(message.contains("65536"), message);
  }

  @Test
  void shouldTakeShapesOfCasesOnceAndSayTheElementType() {
    Shapes shapes = new Shapes(new TwoWidths());

    assertEquals(
        List.of(shape("WIDTH=8,ELEM_FP16=1"), shape("WIDTH=24,ELEM_FP16=1")),
        shapes.of("add", "f16", Shapes.Kind.CASES));
    assertEquals(shape("WIDTH=8,ELEM_FP16=0"), cases(shapes, "bf16").getFirst());
    assertEquals(
        List.of(shape("WIDTH=4096,ELEM_FP16=1")), shapes.of("add", "f16", Shapes.Kind.MODEL));
    assertEquals(3, shapes.of("add", "f16", Shapes.Kind.ALL).size());
  }

  @Test
  void shouldKnowTheShapesOfEveryOperation() {
    for (String op :
        List.of(
            "tokens.resolve",
            "table.update",
            "embed",
            "norm.rms",
            "rope.cache",
            "attention.prefill",
            "attention.decode",
            "linear.tile",
            "linear.skinny",
            "linear.gated",
            "activation.gated",
            "activation",
            "add",
            "mul",
            "scale",
            "softcap",
            "bias",
            "rows.take",
            "sample.assign",
            "sample")) {
      assertFalse(ModelShapes.of(op, "bf16").isEmpty(), op);
    }
    assertEquals(List.of(), ModelShapes.of("unheard.of", "bf16"));
  }

  @Test
  void shouldReadAndWriteShapes() {
    assertEquals("HAS_ADD-0,WIDTH-4096", shape("WIDTH=4096, HAS_ADD=0").toString());
    assertEquals("any", shape("").toString());
    for (String wrong : List.of("WIDTH", "WIDTH=", "WIDTH=x", "WIDTH=1,,")) {
      assertThrows(IllegalArgumentException.class, () -> shape(wrong), wrong);
    }
  }

  private static List<ShapeClass> cases(Shapes shapes, String dtype) {
    return shapes.of("add", dtype, Shapes.Kind.CASES);
  }

  private static ShapeClass shape(String text) {
    return ShapeClass.parse(text);
  }

  /** Cases of two widths, one of them twice. */
  private static final class TwoWidths implements CaseSource {
    @Override
    public Set<String> ops() {
      return Set.of("add");
    }

    @Override
    public List<KernelCase> cases(String op, String dtype, long seed) {
      return List.of(one(dtype, 8, 1), one(dtype, 8, 5), one(dtype, 24, 1));
    }

    private static KernelCase one(String dtype, int width, int rows) {
      return new KernelCase(
          "add",
          dtype,
          width + "x" + rows,
          Map.of("WIDTH", width),
          Map.of("rows", rows),
          Map.of(),
          List.of());
    }
  }
}
