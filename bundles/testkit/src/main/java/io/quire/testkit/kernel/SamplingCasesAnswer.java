package io.quire.testkit.kernel;

import io.quire.api.device.SamplingParams;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What a row must give, in double precision, by sorting. Every choice on the way (of the best
 * token, at each threshold, of the random number) has a distance to the other outcome; the least of
 * them must be beyond what single precision can move, else the row is no case.
 *
 * <p>What it can move: a token's depth below the best is rounded four times, which moves
 * probabilities by at most 2^-22 of the mean depth, and an adjusted logit is rounded before.
 */
final class SamplingCasesAnswer {
  private static final double STEP = 0x1p-22;

  private final SamplingCasesRow row;
  private final SamplingParams params;
  private final boolean invalid;
  private double distance = Double.POSITIVE_INFINITY;
  private double error = STEP;
  private double normaliser;
  private Integer[] order = {};
  private int token;

  SamplingCasesAnswer(SamplingCasesRow row) {
    this.row = row;
    params = row.params();
    double best = Double.NEGATIVE_INFINITY;
    for (float x : row.logits()) {
      best = Float.isNaN(x) ? Double.NaN : Math.max(best, x);
    }
    invalid = Double.isNaN(best) || Double.isInfinite(best);
    if (invalid) {
      return;
    }
    double sum = 0;
    for (float x : row.logits()) {
      sum += Math.exp(x - best);
    }
    normaliser = best + Math.log(sum);
    order = byRank(row.adjust(), false);
    token = row.target() >= 0 ? row.target() : choose(row.adjust());
  }

  /** Whether another correct computation cannot come to another token. */
  boolean certain() {
    return distance > error;
  }

  SamplingCasesRow row() {
    return row;
  }

  boolean invalid() {
    return invalid;
  }

  int token() {
    return token;
  }

  /** Alternatives that must be reported. */
  int tops(int most) {
    int wanted = row.target() >= 0 ? Math.max(0, params.logprobs()) : params.logprobs();
    return invalid ? 0 : Math.clamp(wanted, 0, Math.min(most, row.logits().length));
  }

  boolean reported() {
    return row.target() >= 0 || params.logprobs() >= 0;
  }

  /** The token with so many better ones in the model's own logits. */
  int top(int rank) {
    return byRankOfModel()[rank];
  }

  double logprob(int id) {
    return row.logits()[id] - normaliser;
  }

  private Integer[] byRankOfModel() {
    double[] x = new double[row.logits().length];
    for (int i = 0; i < x.length; i++) {
      x[i] = row.logits()[i];
    }
    return row.adjusted() ? byRank(x, false) : order;
  }

  /** Ids, best first; of equal ones the smaller first, or last. */
  private static Integer[] byRank(double[] x, boolean greaterFirst) {
    return IntStream.range(0, x.length)
        .boxed()
        .sorted((a, b) ->
            x[a] + 0.0 != x[b] + 0.0 ? Double.compare(x[b], x[a]) : greaterFirst ? b - a : a - b)
        .toArray(Integer[]::new);
  }

  private int choose(double[] x) {
    double best = x[order[0]];
    double sharpness = 1 / (double) params.temperature();
    if (Math.abs(best * sharpness) > Float.MAX_VALUE || Double.isNaN(best * sharpness)) {
      if (row.adjusted()) {
        error += STEP * magnitude(x, DoubleStream.of(x).map(y -> y == best ? 1 : 0).toArray());
        differ(best, next(x, best));
      }
      return order[0];
    }
    double[] weights = new double[x.length];
    double mean = 0;
    double total = 0;
    for (int i = 0; i < x.length; i++) {
      double depth = (best - x[i]) * sharpness;
      weights[i] = Math.exp(-depth);
      if (weights[i] > 0) {
        mean += depth * weights[i];
        total += weights[i];
      }
    }
    error += STEP * mean / total;
    if (row.adjusted()) {
      error += STEP * magnitude(x, weights) * sharpness;
    }
    dropUnlikely(x, weights, best, sharpness);
    keepBest(x, weights, sharpness);
    dropTail(x, weights);
    return draw(weights);
  }

  /** The greatest number that comes up when logits are adjusted. */
  private double magnitude(double[] x, double[] weights) {
    double scale = Math.max(params.repetitionPenalty(), 1 / params.repetitionPenalty());
    double greatest = 0;
    for (int i = 0; i < x.length; i++) {
      double size = Math.abs(x[i]) + Math.abs(row.logits()[i]) * scale;
      greatest = weights[i] > 0 ? Math.max(greatest, size) : greatest;
    }
    return greatest;
  }

  private void differ(double a, double b) {
    distance = Math.min(distance, Math.abs(a - b));
  }

  /** The greatest number below one. */
  private static double next(double[] x, double limit) {
    double next = Double.NEGATIVE_INFINITY;
    for (double y : x) {
      next = y < limit ? Math.max(next, y) : next;
    }
    return next;
  }

  private void dropUnlikely(double[] x, double[] weights, double best, double sharpness) {
    if (params.minP() > 0) {
      double limit = -Math.log(params.minP());
      for (int i = 0; i < x.length; i++) {
        double depth = (best - x[i]) * sharpness;
        if (depth != 0) {
          // The logarithm is rounded, too.
          differ(depth, limit);
        }
        weights[i] = depth <= limit ? weights[i] : 0;
      }
      error += STEP * 4 * (1 + limit);
    }
  }

  private void keepBest(double[] x, double[] weights, double sharpness) {
    int k = params.topK();
    if (k <= 0 || k >= x.length || weights[order[k - 1]] == 0) {
      return;
    }
    double least = x[order[k - 1]];
    if (row.adjusted()) {
      differ(least * sharpness, next(x, least) * sharpness);
    }
    for (int i = 0; i < x.length; i++) {
      weights[i] = x[i] >= least ? weights[i] : 0;
    }
  }

  private void dropTail(double[] x, double[] weights) {
    if (params.topP() >= 1) {
      return;
    }
    double total = sum(weights);
    double budget = (1 - (double) params.topP()) * total;
    Integer[] ranks = byRank(x, true);
    double dropped = 0;
    for (int i = x.length - 1; i > 0 && dropped <= budget; i--) {
      int id = ranks[i];
      if (weights[id] > 0) {
        dropped += weights[id];
        differ(dropped / total, budget / total);
        weights[id] = dropped <= budget ? 0 : weights[id];
      }
    }
  }

  private int draw(double[] weights) {
    double total = sum(weights);
    double target = uniform(params.seed(), row.position()) * total;
    double sum = 0;
    int drawn = -1;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      boolean last = sum >= total * (1 - 0x1p-40);
      if (weights[i] > 0 && !last) {
        differ(sum / total, target / total);
      }
      if (drawn < 0 && weights[i] > 0 && (sum > target || last)) {
        drawn = i;
      }
    }
    return drawn;
  }

  private static double sum(double[] weights) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    return sum;
  }

  /**
   * The upper 53 bits of the first two words of Philox4x32-10, whose key is the seed and whose
   * counter is the position.
   */
  static double uniform(long seed, int position) {
    long mask = 0xffffffffL;
    long[] c = {position & mask, 0, 0, 0};
    long key0 = seed & mask;
    long key1 = seed >>> 32;
    for (int round = 0; round < 10; round++) {
      long a = 0xD2511F53L * c[0];
      long b = 0xCD9E8D57L * c[2];
      c = new long[] {b >>> 32 ^ c[1] ^ key0, b & mask, a >>> 32 ^ c[3] ^ key1, a & mask};
      key0 = key0 + 0x9E3779B9L & mask;
      key1 = key1 + 0xBB67AE85L & mask;
    }
    return ((c[0] << 32 | c[1]) >>> 11) * 0x1p-53;
  }
}
