package io.quire.shell;

import io.quire.api.engine.Histogram;

/**
 * A histogram in four numbers.
 *
 * @param count how many durations
 * @param mean their mean in seconds; NaN without any
 * @param median in seconds, interpolated within a bucket; NaN without any
 * @param p99 in seconds, that 99 % do not exceed, likewise
 */
public record Latency(long count, double mean, double median, double p99) {
  static Latency of(Histogram histogram) {
    long count = histogram.counts().stream().mapToLong(Long::longValue).sum();
    double mean = count == 0 ? Double.NaN : histogram.sum() / count;
    return new Latency(
        count, mean, quantile(histogram, count, 0.5), quantile(histogram, count, 0.99));
  }

  private static double quantile(Histogram histogram, long count, double share) {
    if (count == 0) {
      return Double.NaN;
    }
    double rank = share * count;
    double below = 0;
    double low = 0;
    for (int i = 0; i < histogram.bounds().size(); i++) {
      double inside = histogram.counts().get(i);
      double high = histogram.bounds().get(i);
      if (inside > 0 && below + inside >= rank) {
        return low + (high - low) * (rank - below) / inside;
      }
      below += inside;
      low = high;
    }
    return low; // In the bucket without a bound: at least this.
  }

  @Override
  public String toString() {
    return count == 0 ? "-" : Units.seconds(mean) + " / " + Units.seconds(p99);
  }
}
