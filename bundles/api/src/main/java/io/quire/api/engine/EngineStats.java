package io.quire.api.engine;

import io.quire.api.cache.CacheStats;
import java.util.Map;

/**
 * What an engine has done since it started, and does now.
 *
 * @param running requests whose sequences are in steps
 * @param waiting requests that wait
 * @param steps steps completed
 * @param promptTokens prompt tokens computed, cached ones not included
 * @param generationTokens tokens generated
 * @param preemptions sequences that lost their blocks
 * @param finished requests ended, by reason: {@code stop}, {@code length}, {@code abort}, {@code
 *     error}
 * @param cache the KV cache, all lanes together
 * @param timeToFirstToken from arrival to the first token
 * @param interTokenLatency between two tokens of a sequence
 * @param endToEnd from arrival to the end
 * @param queueTime from arrival to the first step
 * @param prefillTime from the first step to the first token
 * @param decodeTime from the first token to the last
 */
public record EngineStats(
    int running,
    int waiting,
    long steps,
    long promptTokens,
    long generationTokens,
    long preemptions,
    Map<String, Long> finished,
    CacheStats cache,
    Histogram timeToFirstToken,
    Histogram interTokenLatency,
    Histogram endToEnd,
    Histogram queueTime,
    Histogram prefillTime,
    Histogram decodeTime) {
  /** Copies the map. */
  public EngineStats {
    finished = Map.copyOf(finished);
  }
}
