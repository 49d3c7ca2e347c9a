package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ElementwiseCasesBuilder.PRECISE;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.each;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.numbers;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.same;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.within;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Root mean square norms: short rows and long ones, with a sum before, and in place. */
final class ElementwiseCasesNorm {
  static final String OP = "norm.rms";

  private static final float EPSILON = 1e-5f;

  private ElementwiseCasesNorm() {}

  static List<KernelCase> cases(ElementType type, RandomGenerator random) {
    List<KernelCase> cases = new ArrayList<>();
    for (int add = 0; add <= 1; add++) {
      cases.add(norm(type, 64, 9, add, false, random));
      cases.add(norm(type, 576, 3, add, true, random));
      cases.add(norm(type, 13, 5, add, false, random));
      cases.add(norm(type, 1001, 2, add, true, random));
      cases.add(norm(type, 8200, 2, add, add == 1, random));
    }
    return cases;
  }

  private static KernelCase norm(
      ElementType type, int width, int rows, int add, boolean inPlace, RandomGenerator random) {
    int n = width * rows;
    double[] in = numbers(type, n, 4, random);
    // The first row is so small that epsilon counts.
    for (int i = 0; i < width; i++) {
      in[i] = type.round(in[i] * 0x1p-10);
    }
    double[] other = numbers(type, n, 4, random);
    double[] x = each(n, i -> add == 0 ? in[i] : type.round(in[i] + other[i]));
    double[] weight = numbers(ElementType.F32, width, 2, random);
    double[] expected = new double[n];
    for (int row = 0; row < rows; row++) {
      double squares = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        squares += x[i] * x[i];
      }
      double divisor = Math.sqrt(squares / width + EPSILON);
      for (int i = row * width; i < (row + 1) * width; i++) {
        expected[i] = x[i] / divisor * weight[i % width];
      }
    }
    double relative = 4 * PRECISE + width * 0x1p-24;
    MemorySegment input = type.buffer(in);
    MemorySegment added = type.buffer(other);
    KernelCase.Check check = within(type, expected, each(n, i -> relative * Math.abs(expected[i])));
    String name = rows + " rows of " + width + (add == 1 ? ", sum" : "");
    ElementwiseCasesBuilder builder =
        new ElementwiseCasesBuilder(OP, type, name + (inPlace ? ", in place" : ""))
            .shape("WIDTH", width)
            .shape("HAS_ADD", add)
            .size("rows", rows)
            .in("weight", ElementType.F32.buffer(weight))
            .number("epsilon", EPSILON);
    if (inPlace) {
      builder.free("in", input).out("out", input, check);
    } else {
      builder.in("in", input).out("out", type.nans(n), check);
    }
    if (add == 1) {
      KernelCase.Check sum = same(type.buffer(x));
      if (inPlace) {
        builder.free("add", added).out("sum", added, sum);
      } else {
        builder.in("add", added).out("sum", type.nans(n), sum);
      }
    }
    return builder.build();
  }
}
