package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ElementwiseCasesBuilder.each;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.ints;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.numbers;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Cases of operations on rows: norms, positions, activations, sums, and moving rows and numbers.
 * Where an operation may work in place, a case gives the same memory for two arguments.
 */
public final class ElementwiseCases implements CaseSource {
  private static final Set<String> MOVES = Set.of("tokens.resolve", "table.update", "rows.take");

  /** Makes the cases. */
  public ElementwiseCases() {}

  @Override
  public Set<String> ops() {
    Set<String> ops = new TreeSet<>(MOVES);
    ops.addAll(ElementwiseCasesMaths.OPS);
    ops.add(ElementwiseCasesNorm.OP);
    ops.add(ElementwiseCasesRope.OP);
    return ops;
  }

  @Override
  public List<KernelCase> cases(String op, String dtype, long seed) {
    boolean served =
        dtype.equals("bf16")
            || dtype.equals("f16")
            || (dtype.equals("f32") && op.equals("softcap"));
    if (!served || !ops().contains(op)) {
      return List.of();
    }
    ElementType type = ElementType.of(dtype);
    SplittableRandom random = new SplittableRandom(seed);
    return switch (op) {
      case "tokens.resolve" -> resolve(op, type);
      case "table.update" -> update(op, type);
      case "rows.take" ->
          List.of(
              take(op, type, 64, random, 2, 0, 2),
              take(op, type, 576, random, 6),
              take(op, type, 13, random, 0, 6, 5, 5, 1, 3, 4, 2, 0));
      case ElementwiseCasesNorm.OP -> ElementwiseCasesNorm.cases(type, random);
      case ElementwiseCasesRope.OP -> ElementwiseCasesRope.cases(type, random);
      default -> ElementwiseCasesMaths.cases(op, type, random);
    };
  }

  private static List<KernelCase> resolve(String op, ElementType type) {
    int n = 300;
    int[] ids = new int[n];
    int[] resolved = new int[n];
    int[] sampled = {1000, 1001, 1002, 1003, 1004};
    for (int i = 0; i < n; i++) {
      boolean pending = i % 3 == 1 || i == n - 1;
      ids[i] = pending ? -(i % sampled.length + 1) : i;
      resolved[i] = pending ? sampled[i % sampled.length] : i;
    }
    return List.of(
        new ElementwiseCasesBuilder(op, type, "known and pending tokens")
            .size("tokens", n)
            .out("ids", ints(ids), Checks.equal(resolved))
            .in("sampled", ints(sampled))
            .build());
  }

  private static List<KernelCase> update(String op, ElementType type) {
    int[] table = new int[5 * 7];
    java.util.Arrays.fill(table, -9);
    int[] updates = {1, 2, 50, 4, 6, 60, 0, 0, 0, 1, 2, 51, 3, 0, 70, 4, 5, 61, 1, 3, 52};
    int[] expected = table.clone();
    for (int i = 0; i < updates.length; i += 3) {
      expected[updates[i] * 7 + updates[i + 1]] = updates[i + 2];
    }
    return List.of(
        new ElementwiseCasesBuilder(op, type, "of two updates of an entry the later one holds")
            .size("n", updates.length / 3)
            .number("n", updates.length / 3)
            .number("table_stride", 7)
            .out("block_table", ints(table), Checks.equal(expected))
            .in("updates", ints(updates))
            .build());
  }

  private static KernelCase take(
      String op, ElementType type, int width, RandomGenerator random, int... rows) {
    int tokens = 7;
    double[] in = numbers(type, tokens * width, 100, random);
    double[] out = each(rows.length * width, i -> in[rows[i / width] * width + i % width]);
    return new ElementwiseCasesBuilder(op, type, rows.length + " rows of " + width)
        .shape("WIDTH", width)
        .size("tokens", tokens)
        .size("rows", rows.length)
        .out(
            "out",
            type.nans((long) rows.length * width),
            ElementwiseCasesBuilder.same(type.buffer(out)))
        .in("in", type.buffer(in))
        .in("row_tokens", ints(rows))
        .build();
  }
}
