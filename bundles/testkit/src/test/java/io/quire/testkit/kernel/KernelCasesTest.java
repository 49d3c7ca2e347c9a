package io.quire.testkit.kernel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelCasesTest {
  /** Some cases hinge on which token happens to be the best of a few. */
  private static final int SEEDS = 200;

  private final KernelCases cases = new KernelCases();

  @Test
  void shouldMakeSamplingCasesOfAnySeed() {
    SamplingCases sampling = new SamplingCases();
    for (int i = 0; i < SEEDS; i++) {
      long seed = i;
      List<KernelCase> made =
          assertDoesNotThrow(() -> sampling.cases("sample", "f32", seed), () -> "seed " + seed);
      assertFalse(made.isEmpty());
    }
  }

  @Test
  void shouldGiveEveryOperationCasesWithNamesOfTheirOwn() {
    for (String op : cases.ops()) {
      String dtype = op.startsWith("sample") ? "f32" : "bf16";
      List<String> names = cases.cases(op, dtype, 1).stream().map(KernelCase::name).toList();
      assertFalse(names.isEmpty(), op);
      Set<String> different = new HashSet<>(names);
      assertEquals(names.size(), different.size(), () -> op + ": " + names);
    }
  }
}
