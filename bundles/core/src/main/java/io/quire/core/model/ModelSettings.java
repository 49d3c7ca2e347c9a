package io.quire.core.model;

import io.quire.api.model.ModelFormatException;
import io.quire.core.engine.EngineOptions;
import java.time.Duration;

/**
 * A model's configuration, read and checked.
 *
 * @param name the name that clients use
 * @param location what to load
 * @param deviceFilter which devices it may run on, as configured
 * @param maxModelLen most tokens of a sequence, 0 for the model's own limit
 * @param maxNumSeqs most sequences in a step
 * @param maxNumBatchedTokens most tokens in a step
 * @param kvBytes memory of the KV cache, 0 for automatic
 * @param memoryUtilization of a GPU's own memory the share that all of the model may take
 * @param prefixCaching whether equal prefixes share blocks
 * @param cacheSalt mixed into the blocks' hashes
 * @param maxQueue most requests that wait
 * @param maxLanes most devices that it runs on at once
 * @param drain how long running requests may take when the model leaves
 * @param watchdog how long a step may take before its device counts as lost
 * @param deviceWait how long requests wait for a device
 * @param asyncScheduling whether a step is submitted before the tokens of the last one are known
 * @param chatTemplate name of the model's chat template to use; empty for its default
 */
record ModelSettings(
    String name,
    String location,
    String deviceFilter,
    int maxModelLen,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    long kvBytes,
    double memoryUtilization,
    boolean prefixCaching,
    String cacheSalt,
    int maxQueue,
    int maxLanes,
    Duration drain,
    Duration watchdog,
    Duration deviceWait,
    boolean asyncScheduling,
    String chatTemplate) {
  /**
   * The engine's sizes for a model.
   *
   * @param modelLength tokens that the model was made for
   */
  EngineOptions options(int modelLength) {
    if (maxModelLen > modelLength) {
      throw new ModelFormatException(
          "max.model.len is "
              + maxModelLen
              + ", but the model was made for "
              + modelLength
              + " tokens; lower it, or set 0 for the model's own limit");
    }
    return new EngineOptions(
        maxModelLen == 0 ? modelLength : maxModelLen,
        maxNumSeqs,
        maxNumBatchedTokens,
        EngineOptions.BLOCK_TOKENS,
        EngineOptions.MAX_LOGPROBS,
        maxQueue,
        prefixCaching,
        cacheSalt,
        watchdog,
        deviceWait,
        asyncScheduling);
  }
}
