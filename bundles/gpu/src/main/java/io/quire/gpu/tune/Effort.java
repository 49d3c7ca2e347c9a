package io.quire.gpu.tune;

/**
 * How long is timed, and how much is tried.
 *
 * @param samples of which the median is taken
 * @param sampleNanos what a sample should at least take; so many launches are in it
 * @param budgetNanos after which no further sample is begun, once there are three
 * @param spreadBytes memory over which launches are spread where they would otherwise find their
 *     inputs in a cache; 0: one set of inputs
 * @param context tokens before a decoded one
 * @param candidates combinations that are tried at most; if more hold, the search goes from the
 *     best one found to those around it
 */
public record Effort(
    int samples,
    long sampleNanos,
    long budgetNanos,
    long spreadBytes,
    int context,
    int candidates) {
  private static final long MILLI = 1_000_000;
  private static final long MIB = 1 << 20;

  /** For tuning while a model is prepared, with little memory to spare. */
  public static final Effort QUICK = new Effort(7, 2 * MILLI, 60 * MILLI, 16 * MIB, 512, 48);

  /** For a device that does nothing else. */
  public static final Effort THOROUGH =
      new Effort(15, 10 * MILLI, 2000 * MILLI, 256 * MIB, 1024, 512);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Effort {
    if (samples < 1 || candidates < 1 || context < 1) {
      throw new IllegalArgumentException(
          "samples, candidates and context are at least 1, not "
              + samples
              + ", "
              + candidates
              + " and "
              + context);
    }
    if (sampleNanos < 0 || budgetNanos < 0 || spreadBytes < 0) {
      throw new IllegalArgumentException("times and bytes are not negative");
    }
  }

  /**
   * The same with another context.
   *
   * @param tokens before a decoded one
   * @return a copy
   */
  public Effort withContext(int tokens) {
    return new Effort(samples, sampleNanos, budgetNanos, spreadBytes, tokens, candidates);
  }

  /**
   * The same with another number of samples.
   *
   * @param count of which the median is taken
   * @return a copy
   */
  public Effort withSamples(int count) {
    return new Effort(count, sampleNanos, budgetNanos, spreadBytes, context, candidates);
  }

  /**
   * The same with another number of candidates.
   *
   * @param count combinations that are tried at most
   * @return a copy
   */
  public Effort withCandidates(int count) {
    return new Effort(samples, sampleNanos, budgetNanos, spreadBytes, context, count);
  }
}
