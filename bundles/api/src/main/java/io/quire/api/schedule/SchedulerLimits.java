package io.quire.api.schedule;

/**
 * What one step may hold.
 *
 * @param maxTokens the token budget of a step
 * @param maxSequences slots
 */
public record SchedulerLimits(int maxTokens, int maxSequences) {
  /** Checks that both are positive. */
  public SchedulerLimits {
    if (maxTokens < 1 || maxSequences < 1) {
      throw new IllegalArgumentException(
          "a step of " + maxTokens + " tokens and " + maxSequences + " sequences holds nothing");
    }
  }
}
