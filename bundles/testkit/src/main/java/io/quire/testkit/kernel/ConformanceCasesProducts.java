package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ConformanceCasesBuilder.doubles;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.exactly;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.multiply;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.rounded;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.transposed;
import static io.quire.testkit.kernel.ConformanceCasesTiles.normal;
import static io.quire.testkit.kernel.ConformanceCasesTiles.sums;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Products of tiles, alone and in a loop. */
final class ConformanceCasesProducts {
  private static final int ROWS = 64;

  private ConformanceCasesProducts() {}

  /** Columns, depth and rows of the right tile. */
  static List<KernelCase> ofRows(String op, String dtype, RandomGenerator random) {
    int[][] shapes = {{32, 64, 32}, {64, 64, 128}, {96, 128, 96}, {128, 64, 128}};
    ElementType type = ElementType.of(dtype);
    List<KernelCase> cases = new ArrayList<>();
    for (int i = 0; i < 2 * shapes.length; i++) {
      int columns = shapes[i / 2][0];
      int depth = shapes[i / 2][1];
      int tile = shapes[i / 2][2];
      double[] in = rounded(type, normal(2 * ROWS * depth, random));
      double[] weight = rounded(type, normal(2 * tile * depth, random));
      double[] out = new double[ROWS * columns];
      for (int pair = 0; pair < 2; pair++) {
        multiply(
            out,
            ROWS,
            columns,
            Arrays.copyOfRange(in, pair * ROWS * depth, (pair + 1) * ROWS * depth),
            Arrays.copyOfRange(weight, pair * tile * depth, (pair + 1) * tile * depth));
      }
      cases.add(
          product(op, dtype, i % 2, columns + " columns, depth " + depth)
              .shape("N", columns)
              .shape("K", depth)
              .shape("B_ROWS", tile)
              .in("in", type.buffer(in))
              .in("weight", type.buffer(weight))
              .out("out", ElementType.F32.nans(out.length), sums(out, 2 * depth))
              .build());
    }
    return cases;
  }

  private static ConformanceCasesBuilder product(String op, String dtype, int wide, String name) {
    return new ConformanceCasesBuilder(op, dtype, (wide == 1 ? "wide, " : "narrow, ") + name)
        .shape("WIDE", wide)
        .shape("M", ROWS);
  }

  /** Columns, depth and rows that are there. */
  static List<KernelCase> ofColumns(String op, String dtype, RandomGenerator random) {
    int[][] shapes = {{64, 32, 32}, {64, 64, 37}, {128, 32, 16}, {256, 64, 64}};
    ElementType type = ElementType.of(dtype);
    List<KernelCase> cases = new ArrayList<>();
    for (int i = 0; i < 2 * shapes.length; i++) {
      int columns = shapes[i / 2][0];
      int depth = shapes[i / 2][1];
      int rows = shapes[i / 2][2];
      double[] in = rounded(ElementType.F32, normal(ROWS * depth, random));
      double[] weight = rounded(type, normal(depth * columns, random));
      double[] there = weight.clone();
      Arrays.fill(there, rows * columns, there.length, 0);
      double[] out = new double[ROWS * columns];
      Arrays.fill(out, 1);
      multiply(out, ROWS, columns, rounded(type, in), transposed(there, depth));
      cases.add(
          product(op, dtype, i % 2, rows + " of depth " + depth + ", " + columns + " columns")
              .shape("N", columns)
              .shape("K", depth)
              .size("rows", rows)
              .in("in", ElementType.F32.buffer(in))
              .in("weight", type.buffer(weight))
              .out("out", ElementType.F32.nans(out.length), sums(out, depth))
              .build());
    }
    return cases;
  }

  static List<KernelCase> stages(String op, String dtype, RandomGenerator random) {
    ElementType type = ElementType.of(dtype);
    List<KernelCase> cases = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int tiles = i / 2 == 0 ? 1 : 5;
      int area = ROWS * ROWS;
      /* whole numbers so small that all sums are exact, the scores being elements */
      double[] in = doubles(tiles * area, () -> random.nextInt(-2, 3));
      double[] weight = doubles(tiles * area, () -> random.nextInt(-2, 3));
      double[] values = doubles(area, () -> random.nextInt(-8, 9));
      double[] sum = new double[area];
      double[] weighted = new double[area];
      for (int k = 0; k < tiles; k++) {
        double[] scores = new double[area];
        multiply(scores, ROWS, ROWS, slice(in, k, area), slice(weight, k, area));
        for (int x = 0; x < area; x++) {
          sum[x] += scores[x];
          scores[x] = k % 2 == 1 && x / ROWS >= 32 ? 0 : scores[x];
        }
        multiply(weighted, ROWS, ROWS, scores, transposed(values, ROWS));
      }
      double[] both = Arrays.copyOf(sum, 2 * area);
      System.arraycopy(weighted, 0, both, area, area);
      cases.add(
          product(op, dtype, i % 2, tiles + " tiles")
              .shape("K_TILES", tiles)
              .in("in", type.buffer(in))
              .in("weight", type.buffer(weight))
              .in("values", type.buffer(values))
              .out("out", ElementType.F32.nans(2L * area), exactly(ElementType.F32, both))
              .build());
    }
    return cases;
  }

  private static double[] slice(double[] tiles, int k, int area) {
    return Arrays.copyOfRange(tiles, k * area, (k + 1) * area);
  }
}
