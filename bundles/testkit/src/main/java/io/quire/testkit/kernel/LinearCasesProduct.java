package io.quire.testkit.kernel;

import io.quire.testkit.kernel.KernelCase.Argument;
import io.quire.testkit.kernel.KernelCase.Expectation;
import io.quire.testkit.kernel.LinearCases.Plan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Inputs of one product. What lies behind an input's last row is NaN; what lies behind the output's
 * last row must stay NaN.
 *
 * <p>Errors that are allowed: those of sums in f32 in any order; of weights rounded to the type of
 * activations, which the matrix units take, where they are stored otherwise; of the result's one
 * rounding.
 */
final class LinearCasesProduct {
  /** Errors of rounding add up like steps of a random walk; so many times its length is allowed. */
  private static final double WALK = 6;

  /** Below this, numbers of 16 bits lose precision. */
  private static final double TINY = 1e-6;

  private final Plan plan;
  private final ElementType outType;
  private final RandomGenerator random;
  private final double[] in;

  LinearCasesProduct(Plan plan, RandomGenerator random) {
    this(plan, random, values(random, plan.rows() * plan.k(), 1, plan.activation()));
  }

  private LinearCasesProduct(Plan plan, RandomGenerator random, double[] in) {
    this.plan = plan;
    this.random = random;
    this.in = in;
    outType = plan.single() ? ElementType.F32 : plan.activation();
  }

  /** A product of rows with one weight, bias and residual added. */
  KernelCase linear(String op) {
    WeightBlocks weight = weights();
    double[] bias = values(random, plan.n(), 3, ElementType.F32);
    double[] residual = values(random, plan.rows() * plan.n(), 3, plan.activation());
    Sums sums = multiply(weight);
    for (int i = 0; i < sums.values.length; i++) {
      double more = (plan.bias() ? bias[i % plan.n()] : 0) + (plan.residual() ? residual[i] : 0);
      sums.values[i] += more;
    }
    MemorySegment residuals = poisoned(plan.activation(), residual);
    boolean inPlace = plan.residual() && !plan.single();
    Map<String, Integer> shape = shape();
    shape.put("HAS_BIAS", plan.bias() ? 1 : 0);
    shape.put("HAS_RESIDUAL", plan.residual() ? 1 : 0);
    shape.put("OUT_F32", plan.single() ? 1 : 0);
    Map<String, Argument> arguments = new LinkedHashMap<>();
    arguments.put("out", new Argument.Buffer(inPlace ? residuals : nothing()));
    arguments.put("in", new Argument.Buffer(poisoned(plan.activation(), in)));
    arguments.put("weight", new Argument.Buffer(weight.bytes()));
    if (plan.bias()) {
      arguments.put("bias", new Argument.Buffer(poisoned(ElementType.F32, bias)));
    }
    if (plan.residual()) {
      arguments.put("residual", new Argument.Buffer(residuals));
    }
    return toCase(op, shape, arguments, sums);
  }

  /** The product with one weight, bent, times the product with another. */
  KernelCase gated() {
    WeightBlocks gate = weights();
    WeightBlocks up = weights();
    Sums bent = multiply(gate);
    Sums sums = multiply(up);
    for (int i = 0; i < sums.values.length; i++) {
      double x = bent.values[i];
      double y = LinearCasesFunctions.activate(plan.function(), x);
      // no activation is steeper than 1.2
      double error = 1.2 * bent.errors[i] + Math.scalb(Math.abs(x), -19);
      sums.errors[i] =
          Math.abs(y) * sums.errors[i] + error * (Math.abs(sums.values[i]) + sums.errors[i]);
      sums.values[i] *= y;
    }
    Map<String, Integer> shape = shape();
    shape.put("FUNCTION", plan.function());
    Map<String, Argument> arguments = new LinkedHashMap<>();
    arguments.put("out", new Argument.Buffer(nothing()));
    arguments.put("in", new Argument.Buffer(poisoned(plan.activation(), in)));
    arguments.put("gate", new Argument.Buffer(gate.bytes()));
    arguments.put("up", new Argument.Buffer(up.bytes()));
    return toCase(LinearCases.GATED, shape, arguments, sums);
  }

  /** Three products of the same rows; the plan's columns are those of the first. */
  KernelCase triple() {
    boolean many = plan.n() >= LinearCases.MANY_COLUMNS;
    int few = many ? LinearCases.FEW_OF_MANY_COLUMNS : LinearCases.FEW_COLUMNS;
    int[] columns = {plan.n(), plan.n() / 2, few};
    Map<String, Integer> shape = shape();
    shape.remove("N");
    Map<String, Argument> arguments = new LinkedHashMap<>();
    arguments.put("in", new Argument.Buffer(poisoned(plan.activation(), in)));
    List<Expectation> expectations = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      LinearCasesProduct each = new LinearCasesProduct(plan.columns(columns[i]), random, in);
      WeightBlocks weight = each.weights();
      Sums sums = each.multiply(weight);
      shape.put("N" + i, columns[i]);
      arguments.put("weight" + i, new Argument.Buffer(weight.bytes()));
      arguments.put("out" + i, new Argument.Buffer(each.nothing()));
      expectations.add(
          new Expectation(
              "out" + i, LinearCasesFunctions.within(outType, sums.values, each.allowed(sums))));
    }
    return toCase(LinearCases.TRIPLE, shape, arguments, expectations);
  }

  private KernelCase toCase(
      String op, Map<String, Integer> shape, Map<String, Argument> arguments, Sums sums) {
    return toCase(
        op,
        shape,
        arguments,
        List.of(
            new Expectation(
                "out", LinearCasesFunctions.within(outType, sums.values, allowed(sums)))));
  }

  private KernelCase toCase(
      String op,
      Map<String, Integer> shape,
      Map<String, Argument> arguments,
      List<Expectation> expectations) {
    return new KernelCase(
        op,
        plan.weight().name().toLowerCase(Locale.ROOT),
        plan.title(),
        shape,
        Map.of("rows", plan.rows(), "tokens", plan.rows(), "seqs", plan.rows()),
        arguments,
        expectations);
  }

  private Map<String, Integer> shape() {
    Map<String, Integer> shape = new LinkedHashMap<>();
    shape.put("N", plan.n());
    shape.put("K", plan.k());
    shape.put("ELEM_FP16", plan.activation() == ElementType.F16 ? 1 : 0);
    if (plan.most() > 0) {
      shape.put("ROWS", plan.most());
    }
    return shape;
  }

  private double[] allowed(Sums sums) {
    double[] allowed = new double[sums.values.length];
    Arrays.setAll(
        allowed,
        i ->
            TINY
                + sums.errors[i]
                + outType.roundOff() * (Math.abs(sums.values[i]) + sums.errors[i]));
    return allowed;
  }

  /** Products before the last rounding, and how wrong they may be. */
  private record Sums(double[] values, double[] errors) {}

  private Sums multiply(WeightBlocks weight) {
    boolean asStored = plan.weight().name().equals(plan.activation().name());
    double weightError = asStored ? 0 : plan.activation().roundOff();
    Sums sums = new Sums(new double[plan.rows() * plan.n()], new double[plan.rows() * plan.n()]);
    for (int i = 0; i < sums.values.length; i++) {
      double sum = 0;
      double squares = 0;
      double size = 0;
      for (int k = 0; k < plan.k(); k++) {
        double x = in[i / plan.n() * plan.k() + k];
        double product = x * weight.values()[i % plan.n() * plan.k() + k];
        sum += product;
        squares += product * product;
        size += Math.abs(x) * WeightBlocks.MAGNITUDE;
      }
      sums.values[i] = sum;
      sums.errors[i] =
          WALK * weightError * Math.sqrt(squares)
              + ElementType.F32.roundOff() * Math.sqrt(plan.k()) * (size + 8);
    }
    return sums;
  }

  private WeightBlocks weights() {
    return WeightBlocks.random(plan.weight(), plan.n(), plan.k(), random);
  }

  private static double[] values(RandomGenerator random, int count, double size, ElementType type) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> type.round(random.nextDouble(-size, size)));
    return values;
  }

  private MemorySegment nothing() {
    return outType.nans((long) plan.rows() * plan.n() + LinearCasesFunctions.BEHIND);
  }

  private static MemorySegment poisoned(ElementType type, double[] values) {
    MemorySegment buffer = type.nans(values.length + LinearCasesFunctions.BEHIND);
    for (int i = 0; i < values.length; i++) {
      type.set(buffer, i, values[i]);
    }
    return buffer;
  }
}
