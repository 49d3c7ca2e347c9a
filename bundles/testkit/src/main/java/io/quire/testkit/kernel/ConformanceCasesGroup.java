package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ConformanceCasesBuilder.doubles;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.ints;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** What the lanes of a work-group do together, and groups with each other. */
final class ConformanceCasesGroup {
  private static final int LANES = 64;

  private ConformanceCasesGroup() {}

  static List<KernelCase> group(String op, String dtype, RandomGenerator random) {
    return IntStream.of(1, 33, 64, 96, 192, 256)
        .mapToObj(lanes -> group(op, dtype, random, lanes))
        .toList();
  }

  private static KernelCase group(String op, String dtype, RandomGenerator random, int lanes) {
    int n = 3;
    int all = n * lanes;
    int[] a = ints(all, () -> random.nextInt(-100_000, 100_000));
    /* few different numbers in the first two groups, so that maxima are there more than once */
    double[] x = doubles(all, () -> random.nextInt(-8, 8));
    for (int i = 2 * lanes; i < all; i++) {
      x[i] = (float) random.nextDouble(0.5, 1);
    }
    double[] floats = new double[4 * all];
    int[] numbers = new int[4 * all];
    for (int from = 0; from < all; from += lanes) {
      double sum = 0;
      int whole = 0;
      int best = from;
      int greatest = a[from];
      for (int i = from; i < from + lanes; i++) {
        sum += x[i];
        whole += a[i];
        best = x[i] > x[best] ? i : best;
        greatest = Math.max(greatest, a[i]);
        floats[2 * all + i] = sum;
        numbers[2 * all + i] = whole;
      }
      Arrays.fill(floats, from, from + lanes, sum);
      Arrays.fill(floats, all + from, all + from + lanes, x[best]);
      Arrays.fill(floats, 3 * all + from, 3 * all + from + lanes, x[best]);
      Arrays.fill(numbers, from, from + lanes, whole);
      Arrays.fill(numbers, all + from, all + from + lanes, greatest);
      Arrays.fill(numbers, 3 * all + from, 3 * all + from + lanes, (best - from) * 3);
    }
    KernelCase.Check close = Checks.close(ElementType.F32, floats, 0, lanes * 0x1p-24);
    return new ConformanceCasesBuilder(op, dtype, lanes + " lanes")
        .shape("LANES", lanes)
        .size("n", n)
        .in("x", ElementType.F32.buffer(x))
        .in("a", ints(a))
        .out(
            "floats",
            ElementType.F32.nans(4L * all),
            result -> close.problem(result).or(() -> alike(result, lanes, n)))
        .out("ints", ints(new int[4 * all]), Checks.equal(numbers))
        .build();
  }

  /** All lanes are told the same sum, to the last bit. */
  private static Optional<String> alike(MemorySegment sums, int lanes, int groups) {
    for (int i = 0; i < lanes * groups; i++) {
      double first = ElementType.F32.get(sums, i / lanes * lanes);
      double found = ElementType.F32.get(sums, i);
      if (first != found) {
        return Optional.of("lane " + i % lanes + " got the sum " + found + ", lane 0 " + first);
      }
    }
    return Optional.empty();
  }

  static List<KernelCase> ticket(String op, String dtype, RandomGenerator random) {
    return IntStream.of(1, 2, 50)
        .mapToObj(n -> {
          int[] in = ints(n * LANES, () -> random.nextInt(1_000_000));
          int[] out = ints(LANES, random::nextInt);
          int[] expected = Arrays.stream(out).map(v -> v + 2).toArray();
          for (int i = 0; i < in.length; i++) {
            expected[i % LANES] += 4 * in[i];
          }
          return new ConformanceCasesBuilder(op, dtype, n + " groups")
              .size("n", n)
              .in("in", ints(in))
              .out("out", ints(out), Checks.equal(expected))
              .out("seen", ints(new int[n]), Checks.equal(ints(n, () -> 2)))
              .build();
        })
        .toList();
  }

  static List<KernelCase> queue(String op, String dtype, RandomGenerator random) {
    return IntStream.of(1, 3, 50)
        .mapToObj(n -> {
          int[] in = ints(n * LANES, random::nextInt);
          int[] filled = in.clone();
          for (int i = 0; i < in.length; i++) {
            for (int round = 0; round < i / LANES * 37 % 256; round++) {
              filled[i] = filled[i] * 1_664_525 + 1_013_904_223;
            }
          }
          int[] x = new int[in.length];
          for (int i = 0; i < x.length; i++) {
            int turned = filled[x.length - 1 - (i + LANES) % x.length] + 1;
            x[i] = 3 * turned + filled[x.length - 1 - i];
          }
          return new ConformanceCasesBuilder(op, dtype, n + " groups")
              .size("n", n)
              .in("in", ints(in))
              .out("x", ints(new int[in.length]), Checks.equal(x))
              .out("y", ints(new int[in.length]), Checks.equal(filled))
              .out("seen", ints(new int[n]), Checks.equal(ints(n, () -> 2)))
              .build();
        })
        .toList();
  }

  static List<KernelCase> barriers(String op, String dtype, RandomGenerator random) {
    int n = 2;
    int groups = n * 6;
    int[] in = ints(groups * LANES, () -> random.nextInt(10_000));
    int[] out = new int[in.length];
    int[] places = new int[groups * 8];
    for (int g = 0; g < groups; g++) {
      int[] row = Arrays.copyOfRange(in, g * LANES, (g + 1) * LANES);
      for (int round = 0; round < 64; round++) {
        int[] before = row.clone();
        for (int lane = 0; lane < LANES; lane++) {
          row[lane] = before[(lane + round + 1) % LANES] + 1;
        }
      }
      for (int lane = 0; lane < LANES; lane++) {
        out[g * LANES + lane] = 2 * row[LANES - 1 - lane];
        for (int k = 0, factor = 1; k < 4; k++, factor *= 10) {
          out[g * LANES + lane] += factor * row[(lane + k) % LANES];
        }
      }
      int[] place = {g % n, g / n % 2, g / n / 2, n, 2, 3, 0, 1000};
      System.arraycopy(place, 0, places, g * 8, 8);
    }
    return List.of(
        new ConformanceCasesBuilder(op, dtype, groups + " groups")
            .size("n", n)
            .in("in", ints(in))
            .out("out", ints(new int[in.length]), Checks.equal(out))
            .out("places", ints(new int[places.length]), result -> places(places, result))
            .build());
  }

  /** The last number of a row is the dialect's version: the same major one, any minor one. */
  private static Optional<String> places(int[] expected, MemorySegment result) {
    int[] found = result.toArray(ValueLayout.JAVA_INT);
    for (int i = 0; i < expected.length; i++) {
      if (found[i] != expected[i] && !(i % 8 == 7 && found[i] / 1000 == expected[i] / 1000)) {
        return Optional.of(
            "number "
                + i % 8
                + " of group "
                + i / 8
                + " is "
                + found[i]
                + ", expected "
                + expected[i]);
      }
    }
    return Optional.empty();
  }
}
