package io.quire.core.engine;

import io.quire.api.device.PlanOptions;
import java.time.Duration;

/**
 * The sizes and limits of an engine.
 *
 * @param maxModelLength most tokens of a sequence, prompt and output
 * @param maxSequences most sequences in a step
 * @param maxTokens most tokens in a step
 * @param blockTokens tokens in a block of the KV cache
 * @param maxLogprobs most alternatives that a request may ask for
 * @param maxQueue most requests that wait for their first step
 * @param prefixSharing whether requests share the blocks of equal prefixes
 * @param cacheSalt mixed into the blocks' hashes
 * @param watchdog how long a step may take before its device counts as lost
 * @param deviceWait how long requests wait while there is no lane
 * @param asynchronous whether a step is submitted before the tokens of the last one are known
 */
public record EngineOptions(
    int maxModelLength,
    int maxSequences,
    int maxTokens,
    int blockTokens,
    int maxLogprobs,
    int maxQueue,
    boolean prefixSharing,
    String cacheSalt,
    Duration watchdog,
    Duration deviceWait,
    boolean asynchronous) {
  /** Tokens in a block unless told otherwise. */
  public static final int BLOCK_TOKENS = 16;

  /** Alternatives that a request may ask for unless told otherwise; as in OpenAI's API. */
  public static final int MAX_LOGPROBS = 20;

  /** Checks the numbers. */
  public EngineOptions {
    planOptions(maxTokens, maxSequences, maxModelLength, blockTokens, maxLogprobs);
    if (maxQueue < 1 || watchdog.isNegative() || deviceWait.isNegative()) {
      throw new IllegalArgumentException(
          Message.of(
              "an engine needs a queue and limits of time: max.queue %d, watchdog %s, device wait %s",
              maxQueue, watchdog, deviceWait));
    }
  }

  /**
   * Usual limits for the given sizes.
   *
   * @param maxModelLength most tokens of a sequence
   * @param maxSequences most sequences in a step
   * @param maxTokens most tokens in a step
   * @return the options
   */
  public static EngineOptions of(int maxModelLength, int maxSequences, int maxTokens) {
    return new EngineOptions(
        maxModelLength,
        maxSequences,
        maxTokens,
        BLOCK_TOKENS,
        MAX_LOGPROBS,
        1024,
        true,
        "",
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        true);
  }

  /** {@return the sizes that every plan of this engine must serve} */
  public PlanOptions planOptions() {
    return planOptions(maxTokens, maxSequences, maxModelLength, blockTokens, maxLogprobs);
  }

  private static PlanOptions planOptions(
      int tokens, int sequences, int length, int blockTokens, int logprobs) {
    return new PlanOptions(tokens, sequences, length, blockTokens, logprobs);
  }
}
