package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ConformanceCasesBuilder.exactly;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.ints;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Conversions between formats of numbers, and what is done with their bits. */
final class ConformanceCasesNumbers {
  private static final int PATTERNS = 1 << 16;

  /** What rounding gets wrong: ties, overflow of fp16, its subnormal numbers, and no numbers. */
  private static final double[] EDGES = {
    0,
    -0.0,
    1,
    -1,
    1.00390625,
    1.01171875,
    1.00048828125,
    1.00146484375,
    65504,
    65519.99,
    65520,
    -65536,
    6.1e-5,
    5.96e-8,
    2.98e-8,
    2.99e-8,
    8.94e-8,
    -3e-6,
    3.3e38,
    3.4e38,
    1e-37,
    2e9,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN,
    255.5,
    256.5,
    2049,
    2051,
    0.5
  };

  private ConformanceCasesNumbers() {}

  static List<KernelCase> conversions(String op, String dtype, RandomGenerator random) {
    ElementType type = ElementType.of(dtype);
    double[] values = new double[2048];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          i < EDGES.length
              ? EDGES[i]
              : (float) Math.scalb(random.nextDouble(-2, 2), random.nextInt(-30, 30));
    }
    short[] patterns = new short[PATTERNS];
    for (int i = 0; i < PATTERNS; i++) {
      patterns[i] = (short) i;
    }
    MemorySegment all = MemorySegment.ofArray(patterns);
    double[] singles = new double[4 * PATTERNS];
    for (int i = 0; i < PATTERNS; i++) {
      singles[i] = type.get(all, i);
      singles[PATTERNS + i] = ElementType.F16.get(all, i);
      singles[2 * PATTERNS + i] = ElementType.BF16.get(all, i);
      singles[3 * PATTERNS + i] = type.get(all, i);
    }
    return List.of(
        new ConformanceCasesBuilder(op, dtype, "all patterns, ties and limits")
            .size("n", values.length)
            .size("rows", PATTERNS)
            .in("in", ElementType.F32.buffer(values))
            .in("patterns", all)
            .out("elements", type.nans(values.length), rounded(type, values))
            .out("halves", type.nans(values.length), rounded(ElementType.F16, values))
            .out("brains", type.nans(values.length), rounded(ElementType.BF16, values))
            .out("packed", type.nans(values.length), rounded(type, values))
            .out(
                "singles",
                ElementType.F32.buffer(new double[singles.length]),
                exactly(ElementType.F32, singles))
            .build());
  }

  private static KernelCase.Check rounded(ElementType type, double[] values) {
    return exactly(type, ConformanceCasesBuilder.rounded(type, values));
  }

  static List<KernelCase> bits(String op, String dtype, RandomGenerator random) {
    int n = 500;
    int[] x = ints(n, random::nextInt);
    int[] y = ints(n, random::nextInt);
    int[] a = ints(n, random::nextInt);
    int[] b = ints(n, random::nextInt);
    for (int i = 0; i < n; i++) {
      x[i] = Float.floatToRawIntBits(edge(i, random));
      y[i] = Float.floatToRawIntBits(edge(i * 7 / 3, random));
    }
    double[] singles = new double[9 * n];
    fill(singles, 0, n, i -> most(single(x[i]), single(y[i])));
    fill(singles, 1, n, i -> -most(-single(x[i]), -single(y[i])));
    fill(singles, 2, n, i -> Math.abs(single(x[i])));
    fill(singles, 3, n, i -> Math.floor(single(x[i])));
    fill(singles, 4, n, i -> Math.ceil(single(x[i])));
    fill(singles, 5, n, i -> Math.rint(single(x[i])));
    fill(singles, 6, n, i -> truncated(single(x[i])));
    fill(singles, 7, n, i -> (a[i] >> 8) + (int) clamped(single(x[i]), 1000));
    fill(singles, 8, n, i -> clamped(single(y[i]), 0));
    return List.of(
        new ConformanceCasesBuilder(op, dtype, "whole numbers and singles")
            .size("n", n)
            .in("x", ints(x))
            .in("y", ints(y))
            .in("a", ints(a))
            .in("b", ints(b))
            .out("words", ints(new int[11 * n]), Checks.equal(words(x, a, b)))
            .out("singles", ElementType.F32.nans(9L * n), exactly(ElementType.F32, singles))
            .build());
  }

  private static int[] words(int[] x, int[] a, int[] b) {
    IntUnaryOperator key = i -> x[i] ^ (x[i] < 0 ? -1 : Integer.MIN_VALUE);
    IntBinaryOperator top =
        (p, q) -> (int) (Integer.toUnsignedLong(p) * Integer.toUnsignedLong(q) >>> 32);
    List<IntUnaryOperator> rows =
        List.of(
            i -> x[i],
            i -> a[i],
            key,
            i -> x[i],
            i -> Float.isNaN(single(x[i])) ? 1 : 0,
            i -> Float.isFinite(single(x[i])) ? 1 : 0,
            i -> Math.max(a[i], b[i]),
            i -> Math.min(a[i], b[i]),
            i -> top.applyAsInt(a[i], b[i]),
            i -> (int) (Integer.toUnsignedLong(a[i]) * Integer.toUnsignedLong(b[i]) >>> 19),
            i -> (int) ((long) a[i] - b[i] >> 3));
    return rows.stream().flatMapToInt(row -> IntStream.range(0, x.length).map(row)).toArray();
  }

  /** No subnormal numbers: devices may take them for 0 where they compute. */
  private static float edge(int i, RandomGenerator random) {
    return i < EDGES.length
        ? (float) (EDGES[i])
        : (float) Math.scalb(random.nextDouble(-2, 2), random.nextInt(-20, 20));
  }

  private static void fill(double[] rows, int row, int n, IntToDoubleFunction value) {
    for (int i = 0; i < n; i++) {
      rows[row * n + i] = value.applyAsDouble(i);
    }
  }

  private static float single(int bits) {
    return Float.intBitsToFloat(bits);
  }

  /** The greater number; the one that is a number if one is none. */
  private static float most(float a, float b) {
    return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
  }

  /** From -1000 to a limit; -1000 if it is no number. */
  private static float clamped(float x, float limit) {
    return Math.min(most(x, -1000), limit);
  }

  private static double truncated(double x) {
    return x < 0 ? Math.ceil(x) : Math.floor(x);
  }
}
