package io.quire.backend.cpu.plan;

import io.quire.api.model.RopeSpec;

/**
 * Cosines and sines of one rotary embedding, computed in double precision, a page of positions at a
 * time when a step first reaches it.
 */
final class RopeTable {
  private static final int PAGE = 256;

  private final double[] frequencies;
  private final float[][] pages;

  /**
   * Describes the angles.
   *
   * @param spec the embedding
   * @param divisors of the frequencies, one per pair
   * @param positions how many there can be
   */
  RopeTable(RopeSpec spec, float[] divisors, int positions) {
    frequencies = new double[spec.dimensions() / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = spec.inverseFrequency(i) / divisors[i];
    }
    pages = new float[(positions + PAGE - 1) / PAGE][];
  }

  /** Makes the angles of a position available. Not at the same time as {@link #page}. */
  void reach(int position) {
    for (int p = position / PAGE; p >= 0 && pages[p] == null; p--) {
      pages[p] = compute(p * PAGE);
    }
  }

  /** The page that has a position. */
  float[] page(int position) {
    return pages[position / PAGE];
  }

  /** Index into its page of a position's cosine and sine of pair 0; those of pair 1 follow. */
  int at(int position) {
    return position % PAGE * 2 * frequencies.length;
  }

  private float[] compute(int first) {
    float[] page = new float[PAGE * 2 * frequencies.length];
    int at = 0;
    for (int p = first; p < first + PAGE; p++) {
      for (double frequency : frequencies) {
        page[at++] = (float) StrictMath.cos(p * frequency);
        page[at++] = (float) StrictMath.sin(p * frequency);
      }
    }
    return page;
  }
}
