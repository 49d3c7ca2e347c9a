package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ElementwiseCasesBuilder.PRECISE;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.each;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.numbers;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.within;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Arithmetic on each element: sums, products, activations, limits. */
final class ElementwiseCasesMaths {
  static final Set<String> OPS =
      Set.of("activation", "activation.gated", "add", "mul", "scale", "softcap", "bias");

  private static final double LIMIT = 8;
  private static final int ROWS = 3;

  /** Where functions saturate, and where a careless one overflows. */
  private static final double[] EDGES = {0, -0.0, 100, -100, 1000, -1000, 6e4, -6e4, 0.001, -0.001};

  private ElementwiseCasesMaths() {}

  static List<KernelCase> cases(String op, ElementType type, RandomGenerator random) {
    List<KernelCase> cases = new ArrayList<>();
    for (int width : new int[] {64, 13, 1536}) {
      boolean inPlace = width == 13;
      if (op.startsWith("activation")) {
        for (int function = 0; function < 3; function++) {
          cases.add(activation(op, type, width, function, inPlace, random));
        }
      } else {
        cases.add(arithmetic(op, type, width, inPlace, random));
      }
    }
    return cases;
  }

  private static ElementwiseCasesBuilder start(
      String op, ElementType type, int width, String what) {
    return new ElementwiseCasesBuilder(op, type, what + ROWS + " rows of " + width)
        .shape("WIDTH", width)
        .size("rows", ROWS);
  }

  private static KernelCase activation(
      String op,
      ElementType type,
      int width,
      int function,
      boolean inPlace,
      RandomGenerator random) {
    int n = ROWS * width;
    boolean gated = op.equals("activation.gated");
    double[] in = numbers(type, n, LIMIT, random);
    for (int i = 0; i < EDGES.length; i++) {
      in[i] = type.round(EDGES[i]);
    }
    double[] up = gated ? numbers(type, n, 1, random) : each(n, i -> 1);
    // Below 0, GELU is a difference of numbers near each other.
    double[] allowed = each(n, i -> 4 * PRECISE * Math.abs(in[i] * up[i]));
    KernelCase.Check check =
        within(type, each(n, i -> LinearCasesFunctions.activate(function, in[i]) * up[i]), allowed);
    ElementwiseCasesBuilder builder =
        start(op, type, width, List.of("SiLU, ", "GELU, ", "GELU by tanh, ").get(function))
            .shape("FUNCTION", function);
    if (gated) {
      builder.in("up", type.buffer(up));
    }
    return places(builder, gated ? "gate" : "in", type, in, inPlace, check);
  }

  private static KernelCase arithmetic(
      String op, ElementType type, int width, boolean inPlace, RandomGenerator random) {
    int n = ROWS * width;
    double[] x = numbers(type, n, LIMIT, random);
    ElementwiseCasesBuilder builder = start(op, type, width, "");
    switch (op) {
      case "add", "mul" -> {
        double[] y = numbers(type, n, LIMIT, random);
        double[] expected = each(n, i -> op.equals("add") ? x[i] + y[i] : x[i] * y[i]);
        builder.in("b", type.buffer(y));
        return places(builder, "a", type, x, inPlace, close(type, expected, 0x1p-23));
      }
      case "scale" -> {
        float factor = (float) random.nextDouble(-20, 20);
        builder.number("factor", factor);
        return places(
            builder, "in", type, x, inPlace, close(type, each(n, i -> x[i] * factor), 0x1p-23));
      }
      case "bias" -> {
        double[] bias = numbers(ElementType.F32, width, LIMIT, random);
        builder.in("bias", ElementType.F32.buffer(bias));
        double[] expected = each(n, i -> x[i] + bias[i % width]);
        return places(builder, "in", type, x, inPlace, close(type, expected, 0x1p-23));
      }
      default -> {
        float cap = (float) random.nextDouble(2, 30);
        for (int i = 0; i < EDGES.length; i++) {
          x[i] = type.round(EDGES[i]);
        }
        builder.number("cap", cap).shape("VALUE_F32", type == ElementType.F32 ? 1 : 0);
        double[] expected = each(n, i -> cap * Math.tanh(x[i] / cap));
        return places(builder, "in", type, x, inPlace, close(type, expected, 4 * PRECISE));
      }
    }
  }

  private static KernelCase.Check close(ElementType type, double[] expected, double relative) {
    return within(type, expected, each(expected.length, i -> relative * Math.abs(expected[i])));
  }

  /** Input and output, which may be one. */
  private static KernelCase places(
      ElementwiseCasesBuilder builder,
      String input,
      ElementType type,
      double[] values,
      boolean inPlace,
      KernelCase.Check check) {
    MemorySegment in = type.buffer(values);
    return inPlace
        ? builder.free(input, in).out("out", in, check).build()
        : builder.in(input, in).out("out", type.nans(values.length), check).build();
  }
}
