package io.quire.testkit.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Activations in double precision, and the judgement of results with an error of their own. */
final class LinearCasesFunctions {
  /** Elements behind every matrix that must not be touched. */
  static final int BEHIND = 1024;

  private LinearCasesFunctions() {}

  /** {@return the activation of a number} */
  static double activate(int function, double x) {
    return switch (function) {
      case 0 -> x / (1 + Math.exp(-x));
      case 1 -> x / 2 * (1 + erf(x / Math.sqrt(2)));
      case 2 -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      default -> throw new IllegalArgumentException("there is no activation " + function);
    };
  }

  /** 2 / sqrt(pi) e^(-x^2) times the sum of 2^n x^(2n+1) / (2n+1)!!, all of one sign. */
  private static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /** Every element is near enough, and all that lie behind them are NaN still. */
  static KernelCase.Check within(ElementType type, double[] expected, double[] allowed) {
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        double found = type.get(result, i);
        if (!(Math.abs(found - expected[i]) <= allowed[i])) {
          return Optional.of(
              "element " + i + " is " + found + ", expected " + expected[i] + " +- " + allowed[i]);
        }
      }
      return untouched(type, expected.length, result);
    };
  }

  private static Optional<String> untouched(ElementType type, int from, MemorySegment result) {
    for (long i = from; i < result.byteSize() / type.bytes(); i++) {
      if (!Double.isNaN(type.get(result, i))) {
        return Optional.of(
            "element " + i + " was written; the matrix has only " + from + " elements");
      }
    }
    return Optional.empty();
  }
}
