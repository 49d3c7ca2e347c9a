package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ConformanceCasesBuilder.doubles;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.exactly;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.ints;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.multiply;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.transposed;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Pages of a cache that are copied to tiles and multiplied. */
final class ConformanceCasesPages {
  private static final int ROWS = 128;
  private static final int TILE = 64;
  private static final int HEADS = 2;
  private static final int TILES = 3;
  private static final int BLOCKS = 20;

  private ConformanceCasesPages() {}

  static List<KernelCase> pages(String op, String dtype, RandomGenerator random) {
    return Stream.of(
            new Pages(ElementType.of(dtype), random, 64, 16, TILES * TILE),
            new Pages(ElementType.of(dtype), random, 64, 32, 2 * TILE + 1),
            new Pages(ElementType.of(dtype), random, 128, 16, TILE + 37))
        .map(pages -> pages.toCase(op, dtype))
        .toList();
  }

  /** Whole numbers so small that all sums are exact, the scores being elements. */
  private static final class Pages {
    private final ElementType type;
    private final int width;
    private final int page;
    private final int tokens;
    private final int[] table;
    private final double[] in;
    private final double[] keys;
    private final double[] values;
    private final double[] scores;
    private final double[] out;

    Pages(ElementType type, RandomGenerator random, int width, int page, int tokens) {
      this.type = type;
      this.width = width;
      this.page = page;
      this.tokens = tokens;
      int slots = BLOCKS * page * HEADS * width;
      in = doubles(ROWS * width, () -> random.nextInt(-1, 2));
      keys = doubles(slots, () -> random.nextInt(-1, 2));
      values = doubles(slots, () -> random.nextInt(-8, 9));
      table = new int[TILES * TILE / page];
      for (int i = 0; i < table.length; i++) {
        table[i] = i * page < tokens ? (i * 7 + 3) % BLOCKS : -1;
      }
      scores = new double[HEADS * TILES * ROWS * TILE];
      out = new double[HEADS * ROWS * width];
      for (int head = 0; head < HEADS; head++) {
        answer(head);
      }
      spoilWhatIsNotUsed();
    }

    private void answer(int head) {
      double[] sum = new double[ROWS * width];
      for (int tile = 0; tile < TILES; tile++) {
        double[] here = new double[ROWS * TILE];
        multiply(here, ROWS, TILE, in, rows(keys, tile, head));
        multiply(sum, ROWS, width, here, transposed(rows(values, tile, head), TILE));
        System.arraycopy(here, 0, scores, (head * TILES + tile) * here.length, here.length);
      }
      System.arraycopy(sum, 0, out, head * sum.length, sum.length);
    }

    /** A tile's rows of a cache; zeros behind the tokens. */
    private double[] rows(double[] cache, int tile, int head) {
      double[] rows = new double[TILE * width];
      for (int r = 0; r < TILE && tile * TILE + r < tokens; r++) {
        System.arraycopy(cache, slot(tile * TILE + r, head), rows, r * width, width);
      }
      return rows;
    }

    private int slot(int token, int head) {
      return ((table[token / page] * page + token % page) * HEADS + head) * width;
    }

    /** NaN in all slots of the last page behind the tokens. */
    private void spoilWhatIsNotUsed() {
      for (int token = tokens; token % page != 0; token++) {
        for (int head = 0; head < HEADS; head++) {
          int slot = slot(token, head);
          Arrays.fill(keys, slot, slot + width, Double.NaN);
          Arrays.fill(values, slot, slot + width, Double.NaN);
        }
      }
    }

    KernelCase toCase(String op, String dtype) {
      return new ConformanceCasesBuilder(
              op, dtype, tokens + " tokens, pages of " + page + ", width " + width)
          .shape("HEAD_DIM", width)
          .shape("KV_HEADS", HEADS)
          .shape("PAGE", page)
          .shape("TILES", TILES)
          .size("rows", tokens)
          .in("in", type.buffer(in))
          .in("k_cache", type.buffer(keys))
          .in("v_cache", type.buffer(values))
          .in("block_table", ints(table))
          .out("scores", ElementType.F32.nans(scores.length), exactly(ElementType.F32, scores))
          .out("out", ElementType.F32.nans(out.length), exactly(ElementType.F32, out))
          .build();
    }
  }
}
