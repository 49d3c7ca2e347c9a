package io.quire.bench.step;

import io.quire.bench.stats.Samples;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What steps of one size cost.
 *
 * @param sequences running sequences, one token each
 * @param micros microseconds of each step
 * @param bytes mean bytes allocated by a step
 * @param outputMicros microseconds of handing out each step's tokens, which in a server happens on
 *     another thread
 */
record StepCost(int sequences, Samples micros, double bytes, Samples outputMicros) {
  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("sequences", sequences);
    values.put("steps", micros.count());
    values.put("median_us", micros.median());
    values.put("mean_us", micros.mean());
    values.put("p99_us", micros.percentile(99));
    values.put("bytes_per_step", bytes);
    values.put("bytes_per_sequence", bytes / sequences);
    values.put("output_median_us", outputMicros.median());
    return values;
  }
}
