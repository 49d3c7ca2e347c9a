package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ConformanceCasesBuilder.doubles;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.exactly;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.ints;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.multiply;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.rounded;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Tiles in local memory, and slabs with their accumulators. */
final class ConformanceCasesTiles {
  private static final int ROWS = 64;

  private ConformanceCasesTiles() {}

  static List<KernelCase> copies(String op, String dtype, RandomGenerator random) {
    int[][] shapes = {{16, 64, 16}, {16, 64, 5}, {48, 64, 47}, {64, 128, 64}, {32, 256, 1}};
    ElementType type = ElementType.of(dtype);
    List<KernelCase> cases = new ArrayList<>();
    for (int[] shape : shapes) {
      int height = shape[0];
      int width = shape[1];
      int rows = shape[2];
      double[] in = rounded(type, doubles(height * width, () -> random.nextDouble(-4, 4)));
      double[] out = new double[3 * in.length];
      for (int i = 0; i < rows * width; i++) {
        out[i] = in[i];
        out[in.length + (height - 1 - i / width) * width + i % width] = in[i];
        out[2 * in.length + i] = in[i];
      }
      cases.add(
          new ConformanceCasesBuilder(op, dtype, rows + " of " + height + " x " + width)
              .shape("R", height)
              .shape("C", width)
              .size("rows", rows)
              .in("in", type.buffer(in))
              .out("out", type.nans(out.length), exactly(type, out))
              .build());
    }
    return cases;
  }

  static List<KernelCase> slabs(String op, String dtype, RandomGenerator random) {
    List<KernelCase> cases = new ArrayList<>();
    for (int wide = 0; wide <= 1; wide++) {
      for (int columns : new int[] {32, 64, 128}) {
        cases.add(slabs(op, dtype, random, wide, columns));
      }
    }
    return cases;
  }

  private static KernelCase slabs(
      String op, String dtype, RandomGenerator random, int wide, int columns) {
    double[] in = doubles(ROWS * columns, () -> random.nextInt(1, 100));
    double[] sums = new double[ROWS];
    double[] maxima = new double[ROWS];
    for (int i = 0; i < in.length; i++) {
      sums[i / columns] += in[i];
      maxima[i / columns] = Math.max(maxima[i / columns], in[i]);
    }
    int[] bits = Arrays.stream(sums).mapToInt(s -> Float.floatToRawIntBits((float) s)).toArray();
    /* as many lanes as the widest prelude has; a device with fewer uses the first of them */
    int most = ROWS * 16;
    int[] numbers = ints(most, () -> random.nextInt(1, 1000));
    return new ConformanceCasesBuilder(op, dtype, (wide == 1 ? "wide, " : "narrow, ") + columns)
        .shape("WIDE", wide)
        .shape("M", ROWS)
        .shape("N", columns)
        .in("in", ElementType.F32.buffer(in))
        .in("numbers", ints(numbers))
        .out("cells", ints(new int[in.length]), Checks.equal(ints(in.length, () -> 1)))
        .out("leaders", ints(new int[ROWS]), Checks.equal(ints(ROWS, () -> 1)))
        .out("greatest", ints(new int[ROWS]), Checks.equal(bits))
        .out("least", ints(ints(ROWS, () -> Integer.MAX_VALUE)), Checks.equal(bits))
        .out("maxima", ElementType.F32.nans(ROWS), exactly(ElementType.F32, maxima))
        .out("sums", ElementType.F32.nans(ROWS), exactly(ElementType.F32, sums))
        .out("lanes", ints(new int[2 * most]), result -> lanes(numbers, result))
        .build();
  }

  /** Lanes of a slab follow each other; how many a slab has is the device's matter. */
  private static Optional<String> lanes(int[] numbers, MemorySegment result) {
    int[] found = result.toArray(ValueLayout.JAVA_INT);
    int count = 0;
    while (count < numbers.length && found[2 * count] != 0) {
      count++;
    }
    for (int lanes = 1; lanes <= count; lanes *= 2) {
      int slab = lanes;
      boolean right = count > 0;
      for (int i = 0; i < count; i++) {
        int next = i / slab * slab + (i + 1) % slab;
        right &= found[2 * i] == numbers[next] && found[2 * i + 1] == 1;
      }
      if (right) {
        return Optional.empty();
      }
    }
    return Optional.of(
        "the "
            + count
            + " lanes did not all see the next one's number, or got a wrong sum or maximum: "
            + Arrays.toString(Arrays.copyOf(found, Math.min(2 * count, 80))));
  }

  static List<KernelCase> accumulators(String op, String dtype, RandomGenerator random) {
    List<KernelCase> cases = new ArrayList<>();
    ElementType type = ElementType.of(dtype);
    for (int wide = 0; wide <= 1; wide++) {
      for (int columns : new int[] {64, 128}) {
        double[] in = rounded(ElementType.F32, normal(ROWS * columns, random));
        double[] weight = rounded(type, normal(ROWS * columns, random));
        double[] product = new double[ROWS * ROWS];
        multiply(product, ROWS, ROWS, rounded(type, in), weight);
        cases.add(
            new ConformanceCasesBuilder(
                    op, dtype, (wide == 1 ? "wide, " : "narrow, ") + columns + " columns")
                .shape("WIDE", wide)
                .shape("M", ROWS)
                .shape("N", columns)
                .in("in", ElementType.F32.buffer(in))
                .in("weight", type.buffer(weight))
                .out("out", type.nans(in.length), exactly(type, rounded(type, in)))
                .out("product", ElementType.F32.nans(product.length), sums(product, columns))
                .build());
      }
    }
    return cases;
  }

  /** Numbers that are normal in every type: products may take subnormal ones for 0. */
  static double[] normal(int count, RandomGenerator random) {
    return doubles(
        count,
        () -> {
          double x = random.nextGaussian();
          return Math.copySign(Math.max(Math.abs(x), 0x1p-12), x);
        });
  }

  /** Sums of so many products of numbers near 1, added up in singles in any order. */
  static KernelCase.Check sums(double[] expected, int depth) {
    return Checks.close(ElementType.F32, expected, depth * 0x1p-20, 0x1p-20);
  }
}
