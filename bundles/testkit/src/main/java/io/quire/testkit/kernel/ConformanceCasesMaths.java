package io.quire.testkit.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;

/** The dialect's functions, within the errors that {@code docs/dialect.md} allows. */
final class ConformanceCasesMaths {
  private static final int ARGUMENTS = 2000;

  /** The least normal single: what is below may count as 0. */
  private static final double TINY = 0x1p-126;

  private static final double PRECISE = 0x1p-20;
  private static final double FAST = 0x1p-19;

  /** Arguments of a function: plus or minus up to a limit, positive ones of all sizes, near 1. */
  private enum Range {
    SMALL(20),
    EXPONENTS(125),
    POWERS(87),
    ANGLES(0x1p21),
    SIZES(0),
    POSITIVE(0);

    private final double limit;

    Range(double limit) {
      this.limit = limit;
    }

    double pick(int i, RandomGenerator random) {
      boolean positive = this == POSITIVE;
      if (i % 4 == 0) {
        return positive ? 1 + random.nextDouble(-0x1p-10, 0x1p-10) : random.nextDouble(-1, 1);
      }
      if (limit > 0) {
        return random.nextDouble(-limit, limit);
      }
      double size = Math.scalb(random.nextDouble(1, 2), random.nextInt(-60, 60));
      return positive || random.nextBoolean() ? size : -size;
    }
  }

  private record Function(
      DoubleUnaryOperator exact, Range range, double absolute, double relative) {}

  private static final List<Function> FUNCTIONS =
      List.of(
          new Function(x -> Math.pow(2, x), Range.EXPONENTS, TINY, FAST),
          new Function(x -> Math.log(x) / Math.log(2), Range.POSITIVE, FAST, FAST),
          new Function(Math::tanh, Range.SMALL, 0x1p-10, 0),
          new Function(x -> 1 / Math.sqrt(x), Range.POSITIVE, 0, FAST),
          new Function(Math::exp, Range.POWERS, TINY, PRECISE),
          new Function(Math::log, Range.POSITIVE, 0, PRECISE),
          new Function(Math::tanh, Range.SMALL, TINY, PRECISE),
          new Function(ConformanceCasesMaths::erf, Range.SMALL, TINY, PRECISE),
          new Function(Math::sqrt, Range.POSITIVE, 0, PRECISE),
          new Function(Math::sin, Range.ANGLES, 0x1p-21, 0),
          new Function(Math::cos, Range.ANGLES, 0x1p-21, 0),
          new Function(x -> x, Range.SIZES, TINY, PRECISE),
          new Function(x -> 0, Range.SMALL, 0, 0));

  private static final int QUOTIENT = 11;

  private ConformanceCasesMaths() {}

  static List<KernelCase> maths(String op, String dtype, RandomGenerator random) {
    double[] in = new double[FUNCTIONS.size() * ARGUMENTS];
    double[] divisors = new double[ARGUMENTS];
    for (int i = 0; i < in.length; i++) {
      in[i] = (float) FUNCTIONS.get(i / ARGUMENTS).range().pick(i, random);
      divisors[i % ARGUMENTS] = (float) Range.SIZES.pick(1, random);
    }
    List<KernelCase.Check> checks = new ArrayList<>();
    for (int f = 0; f < FUNCTIONS.size(); f++) {
      double[] expected = new double[ARGUMENTS];
      for (int i = 0; i < ARGUMENTS; i++) {
        double exact = FUNCTIONS.get(f).exact().applyAsDouble(in[f * ARGUMENTS + i]);
        expected[i] = f == QUOTIENT ? exact / divisors[i] : exact;
      }
      checks.add(row(f, in, expected));
    }
    return List.of(
        new ConformanceCasesBuilder(op, dtype, "random arguments")
            .size("n", ARGUMENTS)
            .in("in", ElementType.F32.buffer(in))
            .in("divisors", ElementType.F32.buffer(divisors))
            .out(
                "out",
                ElementType.F32.nans(in.length),
                result ->
                    checks.stream().flatMap(check -> check.problem(result).stream()).findFirst())
            .build());
  }

  private static KernelCase.Check row(int f, double[] in, double[] expected) {
    Function function = FUNCTIONS.get(f);
    KernelCase.Check check =
        Checks.close(ElementType.F32, expected, function.absolute(), function.relative());
    return result -> {
      Optional<String> problem = check.problem(result.asSlice(4L * f * ARGUMENTS, 4L * ARGUMENTS));
      return problem.map(
          what -> "row " + f + ", whose arguments begin with " + in[f * ARGUMENTS] + ": " + what);
    };
  }

  /** Abramowitz and Stegun 7.1.6: all terms have one sign, so nothing cancels. */
  private static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = 0;
    for (int n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      sum += term;
      term *= 2 * x * x / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
