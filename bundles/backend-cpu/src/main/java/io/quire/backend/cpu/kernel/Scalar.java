package io.quire.backend.cpu.kernel;

/** Functions of one number in single precision, the same bits on every machine. */
public final class Scalar {
  /** Adding it leaves a number's nearest whole number in the lowest bits. */
  static final float ROUNDER = 0x1.8p23f;

  static final float LOG2_E = 1.44269504f;

  /** ln 2 in two parts; the first has so few bits that its multiples up to 256 are exact. */
  static final float LN2_HIGH = 0x1.62ep-1f;

  static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);

  /** Below it, exp is 0; above the other, it is infinite. */
  static final float EXP_MIN = -104.5f;

  static final float EXP_MAX = 89f;

  static final float C2 = 1f / 2;
  static final float C3 = 1f / 6;
  static final float C4 = 1f / 24;
  static final float C5 = 1f / 120;
  static final float C6 = 1f / 720;
  static final float C7 = 1f / 5040;

  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double TWO_BY_SQRT_PI = 2 / Math.sqrt(Math.PI);

  private Scalar() {}

  /**
   * The exponential, within two units in the last place: {@code 2^n * e^r} with {@code |r| <= ln 2
   * / 2} and Taylor's series to the seventh power.
   *
   * @param x any number
   * @return e to the x
   */
  public static float exp(float x) {
    float c = Math.min(Math.max(x, EXP_MIN), EXP_MAX);
    float shifted = Math.fma(c, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_HIGH, c);
    r = Math.fma(n, -LN2_LOW, r);
    float p = Math.fma(r, C7, C6);
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    int power = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUNDER);
    // Two factors, because one alone would leave the range of a float's exponent.
    int half = power >> 1;
    return p * power(half) * power(power - half);
  }

  /**
   * Adds 16 lanes as a tree.
   *
   * @param lanes the lanes; overwritten
   * @param at index of the first
   * @return the sum
   */
  static float tree(float[] lanes, int at) {
    for (int step = Kernels.LANES / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        lanes[at + i] += lanes[at + i + step];
      }
    }
    return lanes[at];
  }

  /**
   * The hyperbolic tangent, to double precision before the last rounding.
   *
   * @param x any number
   * @return tanh x
   */
  public static float tanh(float x) {
    return (float) StrictMath.tanh(x);
  }

  /**
   * The Gaussian distribution function times its argument.
   *
   * @param x any number
   * @return {@code x * Phi(x)}
   */
  public static float gelu(float x) {
    return (float) (x * 0.5 * erfc(-x * SQRT_HALF));
  }

  /**
   * The complementary error function: the power series of erf near zero, Lentz's continued fraction
   * further out.
   *
   * @see <a href="https://dlmf.nist.gov/7.6">DLMF 7.6.2</a> and 7.9.3
   */
  static double erfc(double x) {
    double a = Math.abs(x);
    if (!(a <= 27)) {
      return Double.isNaN(x) ? x : x > 0 ? 0 : 2;
    }
    double square = a * a;
    double tail = a < 2 ? 1 - series(a, square) : fraction(a, square);
    return x < 0 ? 2 - tail : tail;
  }

  private static double series(double a, double square) {
    double term = a;
    double sum = a;
    for (int n = 1; term > sum * 1e-17; n++) {
      term *= 2 * square / (2 * n + 1);
      sum += term;
    }
    return TWO_BY_SQRT_PI * StrictMath.exp(-square) * sum;
  }

  private static double fraction(double a, double square) {
    double value = a;
    for (int n = 60; n >= 1; n--) {
      value = a + n / 2.0 / value;
    }
    return StrictMath.exp(-square) / (Math.sqrt(Math.PI) * value);
  }

  private static float power(int exponent) {
    return Float.intBitsToFloat((exponent + 127) << 23);
  }
}
