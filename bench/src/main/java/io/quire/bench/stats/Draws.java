package io.quire.bench.stats;

import java.util.SplittableRandom;

/**
 * Seeded draws that are the same on every machine and JDK: {@link StrictMath} and an algorithm that
 * is fixed here.
 */
public final class Draws {
  private final SplittableRandom random;

  /**
   * Starts a sequence of draws.
   *
   * @param seed equal seeds, equal draws
   */
  public Draws(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * A whole number, all equally likely.
   *
   * @param least the smallest
   * @param bound above the largest
   * @return the number
   */
  public int between(int least, int bound) {
    // Not nextInt(least, bound), whose algorithm may change with the JDK.
    return least + (int) (unit() * (bound - least));
  }

  /**
   * A waiting time of a Poisson process.
   *
   * @param mean its mean
   * @return at least 0
   */
  public double exponential(double mean) {
    return -mean * StrictMath.log(1 - unit());
  }

  /**
   * A length whose logarithm is normally distributed, cut to a range.
   *
   * @param mu mean of the logarithm
   * @param sigma standard deviation of the logarithm
   * @param least the smallest
   * @param most the largest
   * @return the length
   */
  public int logNormal(double mu, double sigma, int least, int most) {
    double normal =
        StrictMath.sqrt(-2 * StrictMath.log(1 - unit()))
            * StrictMath.cos(2 * StrictMath.PI * unit());
    return (int) Math.clamp(StrictMath.exp(mu + sigma * normal), (double) least, (double) most);
  }

  /** {@return a seed for draws of their own} */
  public long seed() {
    return random.nextLong();
  }

  /** {@return a number from 0 to below 1} */
  private double unit() {
    return (random.nextLong() >>> 11) * 0x1.0p-53;
  }
}
