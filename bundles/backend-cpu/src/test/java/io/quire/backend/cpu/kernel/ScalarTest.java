package io.quire.backend.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ScalarTest {
  @Test
  void shouldKeepTheExponentialWithinTwoUnitsInTheLastPlace() {
    for (float x = -87.3f; x < 88.7f; x += 0.0131f) {
      float expected = (float) StrictMath.exp(x);
      assertEquals(expected, Scalar.exp(x), 2 * Math.ulp(expected), "exp " + x);
    }
  }

  @Test
  void shouldEndTheExponentialInZeroAndInfinity() {
    assertEquals(0f, Scalar.exp(-200));
    assertEquals(Float.POSITIVE_INFINITY, Scalar.exp(89));
    assertEquals(Float.NaN, Scalar.exp(Float.NaN));
    assertEquals(1e-40, Scalar.exp(-92.10340f), 1e-45, "a number below the normal ones");
  }

  @Test
  void shouldFollowTheGaussianDistribution() {
    // Values of Phi from the NIST handbook, table 26.1 (Abramowitz and Stegun).
    assertEquals(0.841344746068543, Scalar.gelu(1), 1e-7);
    assertEquals(-2 * 0.022750131948179, Scalar.gelu(-2), 1e-8);
    assertEquals(-4 * 3.167124183312e-5, Scalar.gelu(-4), 1e-10);
    assertEquals(-8 * 6.220960574272e-16, Scalar.gelu(-8), 1e-21);
    assertEquals(30f, Scalar.gelu(30));
    assertEquals(0f, Scalar.gelu(0));
    assertEquals(Float.NaN, Scalar.gelu(Float.NaN));
  }

  @Test
  void shouldJoinSeriesAndFraction() {
    assertEquals(Scalar.erfc(Math.nextDown(2.0)), Scalar.erfc(2), 1e-13 * Scalar.erfc(2));
    assertEquals(0.004677734981047266, Scalar.erfc(2), 1e-15);
  }
}
