package io.quire.testkit.kernel;

import java.util.Optional;

/** Ways to judge a buffer. */
public final class Checks {
  private Checks() {}

  /**
   * Every element is within {@code absolute + relative * |expected|} of what is expected.
   *
   * @param type how the elements lie
   * @param expected in order; NaN: anything will do
   * @param absolute allowed error
   * @param relative allowed error, as a part of the expected value
   * @return the check
   */
  public static KernelCase.Check close(
      ElementType type, double[] expected, double absolute, double relative) {
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        double found = type.get(result, i);
        double allowed = absolute + relative * Math.abs(expected[i]);
        if (!Double.isNaN(expected[i]) && !(Math.abs(found - expected[i]) <= allowed)) {
          return Optional.of(
              "element " + i + " is " + found + ", expected " + expected[i] + " +- " + allowed);
        }
      }
      return Optional.empty();
    };
  }

  /**
   * Every 32-bit whole number is as expected.
   *
   * @param expected in order
   * @return the check
   */
  public static KernelCase.Check equal(int... expected) {
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        int found = result.getAtIndex(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, i);
        if (found != expected[i]) {
          return Optional.of("number " + i + " is " + found + ", expected " + expected[i]);
        }
      }
      return Optional.empty();
    };
  }
}
