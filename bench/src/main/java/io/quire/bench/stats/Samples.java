package io.quire.bench.stats;

import java.util.Arrays;

/** Measured values. Percentiles interpolate linearly between neighbours, as numpy's do. */
public final class Samples {
  private double[] values = new double[64];
  private int count;
  private boolean sorted = true;

  /** Starts without any. */
  public Samples() {}

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, count * 2);
    }
    values[count++] = value;
    sorted = false;
  }

  /** {@return how many there are} */
  public int count() {
    return count;
  }

  /** {@return their mean; 0 if there are none} */
  public double mean() {
    return count == 0 ? 0 : Arrays.stream(values, 0, count).sum() / count;
  }

  /** {@return their standard deviation, of the population; 0 if there are none} */
  public double deviation() {
    double mean = mean();
    double squares = Arrays.stream(values, 0, count).map(v -> (v - mean) * (v - mean)).sum();
    return count == 0 ? 0 : Math.sqrt(squares / count);
  }

  /** {@return the value in the middle} */
  public double median() {
    return percentile(50);
  }

  /**
   * The value below which a share of them lies.
   *
   * @param percent 0 to 100
   * @return the value; 0 if there are none
   */
  public double percentile(double percent) {
    if (!(percent >= 0 && percent <= 100)) {
      throw new IllegalArgumentException("percentile " + percent + " is not between 0 and 100");
    }
    if (count == 0) {
      return 0;
    }
    if (!sorted) {
      Arrays.sort(values, 0, count);
      sorted = true;
    }
    double place = (count - 1) * percent / 100;
    int below = (int) place;
    int above = Math.min(below + 1, count - 1);
    return values[below] + (values[above] - values[below]) * (place - below);
  }
}
