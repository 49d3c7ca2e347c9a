package io.quire.api.device;

import java.util.Map;

/**
 * How the next token is drawn from the logits, in this order: logit bias, repetition penalty,
 * frequency and presence penalty, temperature, min-p, top-k, top-p (the order of vLLM). Ties with
 * the k-th best survive top-k; the best token always survives.
 *
 * @param temperature divisor of the logits; 0 takes the best token (the smallest id among equals)
 * @param topK keep the k best; 0 or less, or at least the vocabulary: off
 * @param topP keep the smallest set of best tokens with at least this probability; 1: off
 * @param minP drop tokens less likely than this times the best; 0: off
 * @param repetitionPenalty for tokens in prompt or output: positive logits are divided by it,
 *     others multiplied; 1: off
 * @param frequencyPenalty subtracted once per occurrence in the output; 0: off
 * @param presencePenalty subtracted if the token occurs in the output; 0: off
 * @param logitBias added to the logits of the named tokens
 * @param seed key of the random numbers, which are Philox4x32-10 of (seed, position)
 * @param logprobs how many alternatives to report with each token; 0: the token's own
 *     log-probability only; -1: nothing
 * @see <a href="https://doi.org/10.1145/2063384.2063405">Salmon et al., Parallel random numbers: as
 *     easy as 1, 2, 3, 2011</a>
 */
public record SamplingParams(
    float temperature,
    int topK,
    float topP,
    float minP,
    float repetitionPenalty,
    float frequencyPenalty,
    float presencePenalty,
    Map<Integer, Float> logitBias,
    long seed,
    int logprobs) {
  /** The best token every time. */
  public static final SamplingParams GREEDY =
      new SamplingParams(0, 0, 1, 0, 1, 0, 0, Map.of(), 0, -1);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is outside its range; the message has its name, value
   *     and range
   */
  public SamplingParams {
    require(
        temperature >= 0 && temperature <= 100, "temperature", temperature, "between 0 and 100");
    require(topP > 0 && topP <= 1, "top_p", topP, "above 0 and at most 1");
    require(minP >= 0 && minP <= 1, "min_p", minP, "between 0 and 1");
    require(
        repetitionPenalty > 0 && repetitionPenalty <= 100,
        "repetition_penalty",
        repetitionPenalty,
        "above 0 and at most 100");
    require(
        Math.abs(frequencyPenalty) <= 2, "frequency_penalty", frequencyPenalty, "between -2 and 2");
    require(
        Math.abs(presencePenalty) <= 2, "presence_penalty", presencePenalty, "between -2 and 2");
    require(logprobs >= -1, "logprobs", logprobs, "-1 or more");
    logitBias = Map.copyOf(logitBias);
    logitBias
        .values()
        .forEach(b -> require(Math.abs(b) <= 100, "logit_bias", b, "between -100 and 100"));
  }

  /** {@return whether the sequence's earlier tokens matter} */
  public boolean penalised() {
    return repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0;
  }

  /**
   * The same with another seed.
   *
   * @param value the seed
   * @return a copy
   */
  public SamplingParams withSeed(long value) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        frequencyPenalty,
        presencePenalty,
        logitBias,
        value,
        logprobs);
  }

  private static void require(boolean condition, String name, float value, String range) {
    if (!condition) {
      throw new IllegalArgumentException(name + " is " + value + " but must be " + range);
    }
  }
}
