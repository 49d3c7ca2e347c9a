package io.quire.tools.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quire.testkit.kernel.CaseSource;
import io.quire.testkit.kernel.KernelCase;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShapesTest {
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
      assertFalse(ModelShapes.of(ModelShapes.LLAMA_8B, op, "bf16").isEmpty(), op);
    }
    assertEquals(List.of(), ModelShapes.of("smollm2-135m", "unheard.of", "bf16"));
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
