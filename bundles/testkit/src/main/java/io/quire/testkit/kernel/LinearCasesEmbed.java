package io.quire.testkit.kernel;

import io.quire.testkit.kernel.KernelCase.Argument;
import io.quire.testkit.kernel.KernelCase.Expectation;
import io.quire.testkit.kernel.LinearCases.Plan;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Looking up rows of a table: the first, the last, and any others, some of them twice. */
final class LinearCasesEmbed {
  private static final float SCALE = 1.5f;

  private final Plan plan;
  private final RandomGenerator random;

  LinearCasesEmbed(Plan plan, RandomGenerator random) {
    this.plan = plan;
    this.random = random;
  }

  KernelCase toCase() {
    WeightBlocks table = WeightBlocks.random(plan.weight(), plan.n(), plan.k(), random);
    int[] ids = random.ints(plan.rows(), 0, plan.n()).toArray();
    ids[0] = plan.n() - 1;
    ids[plan.rows() / 2] = plan.rows() > 1 ? 0 : ids[0];
    double[] expected = new double[plan.rows() * plan.k()];
    double[] allowed = new double[expected.length];
    double decoding = Math.scalb(WeightBlocks.MAGNITUDE * SCALE, -22);
    for (int i = 0; i < expected.length; i++) {
      expected[i] = SCALE * table.values()[ids[i / plan.k()] * plan.k() + i % plan.k()];
      allowed[i] = decoding + plan.activation().roundOff() * Math.abs(expected[i]);
    }
    return new KernelCase(
        LinearCases.EMBED,
        plan.weight().name().toLowerCase(Locale.ROOT),
        plan.title(),
        Map.of(
            "WIDTH", plan.k(),
            "VOCAB", plan.n(),
            "ELEM_FP16", plan.activation() == ElementType.F16 ? 1 : 0),
        Map.of("rows", plan.rows(), "tokens", plan.rows(), "seqs", plan.rows()),
        Map.of(
            "out",
                new Argument.Buffer(
                    plan.activation().nans(expected.length + LinearCasesFunctions.BEHIND)),
            "ids", new Argument.Buffer(ConformanceCasesBuilder.ints(ids)),
            "table", new Argument.Buffer(table.bytes()),
            "scale", new Argument.Float(SCALE)),
        List.of(
            new Expectation(
                "out", LinearCasesFunctions.within(plan.activation(), expected, allowed))));
  }
}
