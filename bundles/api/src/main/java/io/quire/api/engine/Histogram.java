package io.quire.api.engine;

import java.util.List;

/**
 * Counts of durations.
 *
 * @param bounds upper bounds of the buckets in seconds, ascending; a last bucket without a bound
 *     follows
 * @param counts durations per bucket, one more than {@code bounds}; not cumulative
 * @param sum seconds of all durations
 */
public record Histogram(List<Double> bounds, List<Long> counts, double sum) {
  /** Copies the lists. */
  public Histogram {
    bounds = List.copyOf(bounds);
    counts = List.copyOf(counts);
  }
}
