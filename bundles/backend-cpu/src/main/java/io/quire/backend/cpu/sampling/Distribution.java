package io.quire.backend.cpu.sampling;

import io.quire.api.device.SamplingParams;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.Arrays;

/**
 * The distribution that a token is drawn from: temperature, min-p, top-k, top-p, softmax, in this
 * order. The vocabulary is never sorted: a histogram over the logits finds the part where a
 * threshold lies, and only that part is sorted. Sums of probabilities are doubles. One thread.
 */
final class Distribution {
  private static final int BUCKETS = 1024;

  /** Logits further under the best than this hold no weight worth resolving. */
  private static final float DEPTH = 40;

  private final Kernels kernels;
  private final int vocabulary;
  private final float[] scaled;
  private final float[] weights;
  private final int[] counts = new int[BUCKETS + 1];
  private final double[] masses = new double[BUCKETS + 1];
  private long[] keys = new long[4096];
  private float best;
  private float lowest;
  private float perBucket;
  private double total;

  /** Tokens under this logit, or at it with an id up to {@code cutId}, are dropped. */
  private float cut;

  private int cutId;

  Distribution(Kernels kernels, int vocabulary) {
    this.kernels = kernels;
    this.vocabulary = vocabulary;
    scaled = new float[vocabulary];
    weights = new float[vocabulary];
  }

  /**
   * Computes the distribution of a row.
   *
   * @param logits the row, penalties applied; at least one is finite and none a NaN
   * @param at index of its first value
   * @param params temperature, above 0, and filters
   */
  void compute(float[] logits, int at, SamplingParams params) {
    float temperature = params.temperature();
    for (int i = 0; i < vocabulary; i++) {
      scaled[i] = logits[at + i] / temperature;
    }
    best = kernels.max(scaled, 0, vocabulary);
    kernels.exp(scaled, 0, vocabulary, 1, -best, weights, 0);
    cut = Float.NEGATIVE_INFINITY;
    cutId = -1;
    if (params.minP() > 0) {
      dropUnlikely(params.minP());
    }
    lowest = Math.max(cut, best - DEPTH);
    perBucket = lowest < best ? BUCKETS / (best - lowest) : 0;
    if (params.topK() > 0 && params.topK() < vocabulary) {
      keepBest(params.topK());
    }
    total = mass();
    if (params.topP() < 1) {
      dropTail((1 - (double) params.topP()) * total);
      total = mass();
    }
  }

  /** Whether a token can be drawn. */
  boolean keeps(int token) {
    return scaled[token] > cut || (scaled[token] == cut && token > cutId);
  }

  /** The probability of a token. */
  double probability(int token) {
    return keeps(token) ? weights[token] / total : 0;
  }

  /**
   * The token that a uniform number falls on, tokens laid out in rising order of their ids.
   *
   * @param uniform at least 0 and below 1
   * @return the token
   */
  int draw(double uniform) {
    double target = uniform * total;
    double sum = 0;
    int last = -1;
    for (int i = 0; i < vocabulary; i++) {
      if (weights[i] > 0 && keeps(i)) {
        sum += weights[i];
        last = i;
        if (sum > target) {
          return i;
        }
      }
    }
    return last;
  }

  private double mass() {
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      if (keeps(i)) {
        sum += weights[i];
      }
    }
    return sum;
  }

  private void dropUnlikely(float minP) {
    // The smallest float at or above the threshold: comparing with it is comparing in doubles.
    double limit = best + Math.log(minP);
    float nearest = (float) limit;
    cut = Math.min(nearest < limit ? Math.nextUp(nearest) : nearest, best);
  }

  private int bucket(float y) {
    return y < lowest ? BUCKETS : Math.min(BUCKETS - 1, (int) ((best - y) * perBucket));
  }

  private void keepBest(int k) {
    Arrays.fill(counts, 0);
    for (int i = 0; i < vocabulary; i++) {
      if (keeps(i)) {
        counts[bucket(scaled[i])]++;
      }
    }
    int above = 0;
    for (int b = 0; b <= BUCKETS; b++) {
      if (above + counts[b] >= k) {
        int n = gather(b);
        cut = value(keys[n - (k - above)]);
        return;
      }
      above += counts[b];
    }
  }

  /** Drops the least likely tokens while their sum is at most the budget. */
  private void dropTail(double budget) {
    Arrays.fill(masses, 0);
    for (int i = 0; i < vocabulary; i++) {
      if (keeps(i)) {
        masses[bucket(scaled[i])] += weights[i];
      }
    }
    double dropped = 0;
    int b = BUCKETS;
    while (b > 0 && dropped + masses[b] <= budget) {
      dropped += masses[b--];
    }
    int n = gather(b);
    int drop = 0;
    while (drop < n - 1 && dropped + weights[(int) keys[drop]] <= budget) {
      dropped += weights[(int) keys[drop++]];
    }
    if (drop > 0) {
      cut = value(keys[drop - 1]);
      cutId = (int) keys[drop - 1];
    } else if (n > 0) {
      cut = value(keys[0]);
      cutId = (int) keys[0] - 1;
    }
  }

  /** The kept tokens of a bucket as keys that sort by logit, then id; sorted. */
  private int gather(int b) {
    int n = 0;
    for (int i = 0; i < vocabulary; i++) {
      if (keeps(i) && bucket(scaled[i]) == b) {
        if (n == keys.length) {
          keys = Arrays.copyOf(keys, 2 * n);
        }
        int bits = Float.floatToIntBits(scaled[i] + 0f);
        keys[n++] = (long) (bits ^ bits >> 31 & Integer.MAX_VALUE) << 32 | i;
      }
    }
    Arrays.sort(keys, 0, n);
    return n;
  }

  private static float value(long key) {
    int bits = (int) (key >> 32);
    return Float.intBitsToFloat(bits ^ bits >> 31 & Integer.MAX_VALUE);
  }
}
