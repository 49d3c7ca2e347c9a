package io.quire.testkit.kernel;

import io.quire.api.model.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Cases of products with weights in every stored type, and of looking up rows of them: edges of
 * tiles on all sides, few and many rows, and NaN wherever nobody may read.
 */
public final class LinearCases implements CaseSource {
  /** Any number of rows. */
  static final String TILE = "linear.tile";

  /** Few rows. */
  static final String SKINNY = "linear.skinny";

  /** Few rows, two weights and what joins them. */
  static final String GATED = "linear.gated";

  static final String TRIPLE = "linear.triple";

  /** Columns of the last of three products: fewer than a tile has, as few or more columns go. */
  static final int FEW_COLUMNS = 36;

  static final int FEW_OF_MANY_COLUMNS = 40;

  /** From so many columns on the first of three products has many. */
  static final int MANY_COLUMNS = 256;

  /** Rows of a table. */
  static final String EMBED = "embed";

  private static final Set<String> DTYPES =
      Set.copyOf(
          Arrays.stream(DType.values()).map(t -> t.name().toLowerCase(Locale.ROOT)).toList());

  /** Makes the cases. */
  public LinearCases() {}

  @Override
  public Set<String> ops() {
    return Set.of(TILE, SKINNY, GATED, TRIPLE, EMBED);
  }

  @Override
  public List<KernelCase> cases(String op, String dtype, long seed) {
    if (!DTYPES.contains(dtype) || !ops().contains(op)) {
      return List.of();
    }
    DType type = WeightBlocks.type(dtype);
    List<Plan> plans =
        switch (op) {
          case TILE -> tile(type);
          case SKINNY -> with(skinny(type), type, LinearCases::skinnyOfMany);
          case GATED -> with(gated(type), type, LinearCases::gatedOfMany);
          case TRIPLE -> with(triple(type), type, LinearCases::tripleOfMany);
          default -> embed(type);
        };
    return IntStream.range(0, plans.size())
        .mapToObj(i -> toCase(op, plans.get(i), new SplittableRandom(seed + i)))
        .toList();
  }

  /** Cases for all types, and for weights that are elements some more. */
  private static List<Plan> with(List<Plan> plans, DType type, Supplier<List<Plan>> more) {
    List<Plan> all = new ArrayList<>(plans);
    if (type == DType.BF16) {
      all.addAll(more.get());
    }
    return all;
  }

  private static KernelCase toCase(String op, Plan plan, SplittableRandom random) {
    return switch (op) {
      case EMBED -> new LinearCasesEmbed(plan, random).toCase();
      case GATED -> new LinearCasesProduct(plan, random).gated();
      case TRIPLE -> new LinearCasesProduct(plan, random).triple();
      default -> new LinearCasesProduct(plan, random).linear(op);
    };
  }

  /**
   * What a case is about.
   *
   * @param weight how the weights are stored
   * @param activation E
   * @param n rows of weights
   * @param k columns of weights
   * @param rows of the input
   * @param most rows that the kernel is made for; 0: any
   * @param bias whether one is added
   * @param residual whether one is added; the output takes its place where the types allow it
   * @param single whether the output is f32
   * @param function that joins gated products
   */
  record Plan(
      DType weight,
      ElementType activation,
      int n,
      int k,
      int rows,
      int most,
      boolean bias,
      boolean residual,
      boolean single,
      int function) {
    /** The same with another number of rows. */
    Plan rows(int number) {
      return new Plan(weight, activation, n, k, number, most, bias, residual, single, function);
    }

    /** The same with another number of columns. */
    Plan columns(int number) {
      return new Plan(weight, activation, number, k, rows, most, bias, residual, single, function);
    }

    /** Made for few rows, of which some are there. */
    Plan of(int number, int atMost) {
      return new Plan(weight, activation, n, k, number, atMost, bias, residual, single, function);
    }

    Plan withBias() {
      return new Plan(weight, activation, n, k, rows, most, true, residual, single, function);
    }

    Plan withResidual() {
      return new Plan(weight, activation, n, k, rows, most, bias, true, single, function);
    }

    Plan toSingle() {
      return new Plan(weight, activation, n, k, rows, most, bias, residual, true, function);
    }

    Plan joinedBy(int number) {
      return new Plan(weight, activation, n, k, rows, most, bias, residual, single, number);
    }

    String title() {
      return String.format(
          Locale.ROOT,
          "[%d%s][%d] x %s[%d][%d] in %s%s%s%s",
          rows,
          most == 0 ? "" : " of " + most,
          k,
          weight,
          n,
          k,
          activation,
          bias ? ", bias" : "",
          residual ? ", residual" : "",
          single ? ", single" : "");
    }
  }

  /* Shapes recur: a kernel is compiled once for each. */
  private static List<Plan> tile(DType type) {
    Plan even = plan(type, ElementType.BF16, 40, 24);
    Plan uneven = plan(type, ElementType.F16, 37, 72).withBias().withResidual();
    Plan logits = plan(type, ElementType.BF16, 66, 300).toSingle();
    return List.of(
        even.rows(1),
        even.rows(2),
        even.rows(8),
        even.rows(70),
        uneven.rows(3),
        uneven.rows(64),
        logits.rows(17),
        logits.withBias().withResidual().rows(33),
        plan(type, ElementType.F16, 72, 64).withResidual().rows(65));
  }

  private static List<Plan> skinny(DType type) {
    Plan even = plan(type, ElementType.BF16, 40, 24);
    Plan uneven = plan(type, ElementType.F16, 37, 72).withBias().withResidual();
    Plan logits = plan(type, ElementType.BF16, 66, 120).toSingle();
    Plan wide = plan(type, ElementType.BF16, 264, 300).withResidual();
    Plan deep = plan(type, ElementType.BF16, 10, 2040).withBias().withResidual();
    return List.of(
        even.of(1, 1),
        uneven.of(1, 1),
        deep.of(1, 1),
        logits.of(2, 2),
        uneven.of(3, 4),
        wide.of(8, 8),
        wide.of(5, 8),
        deep.of(7, 8),
        logits.withBias().of(16, 16),
        uneven.of(17, 32),
        even.of(64, 64),
        even.of(33, 64),
        deep.of(100, 128),
        wide.of(130, 256));
  }

  /** Whole blocks of K, so many rows that a matrix unit is busy, K that is worth to be cut. */
  private static List<Plan> skinnyOfMany() {
    return List.of(
        plan(DType.BF16, ElementType.BF16, 264, 320).withResidual().of(50, 64),
        plan(DType.BF16, ElementType.BF16, 136, 5184).withBias().withResidual().of(130, 256),
        plan(DType.BF16, ElementType.BF16, 72, 320).toSingle().of(300, 512),
        plan(DType.BF16, ElementType.BF16, 520, 192).withBias().of(1030, 2048));
  }

  private static List<Plan> gated(DType type) {
    Plan even = plan(type, ElementType.BF16, 40, 48);
    Plan uneven = plan(type, ElementType.F16, 21, 72);
    return List.of(
        even.of(1, 1),
        plan(type, ElementType.BF16, 5, 1000).of(2, 2),
        uneven.joinedBy(1).of(3, 4),
        even.joinedBy(2).of(8, 8),
        even.joinedBy(2).of(7, 8),
        uneven.of(17, 32),
        plan(type, ElementType.BF16, 130, 1000).joinedBy(1).of(12, 16),
        even.of(40, 64),
        plan(type, ElementType.BF16, 70, 1000).of(100, 128),
        uneven.of(130, 256));
  }

  private static List<Plan> gatedOfMany() {
    return List.of(
        plan(DType.BF16, ElementType.BF16, 136, 320).of(50, 64),
        plan(DType.BF16, ElementType.BF16, 72, 5184).joinedBy(1).of(130, 256),
        plan(DType.BF16, ElementType.BF16, 264, 192).joinedBy(2).of(1030, 2048));
  }

  private static List<Plan> triple(DType type) {
    Plan even = plan(type, ElementType.BF16, 128, 48);
    Plan deep = plan(type, ElementType.F16, 128, 1000);
    return List.of(
        even.of(1, 1),
        deep.of(1, 1),
        even.of(8, 8),
        deep.of(5, 8),
        deep.of(40, 64),
        even.of(100, 128));
  }

  private static List<Plan> tripleOfMany() {
    Plan even = plan(DType.BF16, ElementType.BF16, MANY_COLUMNS, 320);
    return List.of(
        even.of(50, 64),
        plan(DType.BF16, ElementType.BF16, MANY_COLUMNS, 5184).of(130, 256),
        even.of(1030, 2048));
  }

  private static List<Plan> embed(DType type) {
    Plan even = plan(type, ElementType.BF16, 11, 24);
    return List.of(even.rows(1), even.rows(7), plan(type, ElementType.F16, 5, 300).rows(70));
  }

  /** A plain product with at least so many columns: whole blocks, and whole 16 bytes of input. */
  private static Plan plan(DType weight, ElementType activation, int n, int columns) {
    int unit = Math.max(8, weight.blockElements());
    int k = Math.ceilDiv(columns, unit) * unit;
    return new Plan(weight, activation, n, k, 1, 0, false, false, false, 0);
  }
}
