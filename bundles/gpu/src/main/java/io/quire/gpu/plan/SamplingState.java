package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.gpu.kernel.Arguments;
import java.util.Map;

/**
 * Per slot, how tokens are drawn; it lies on the device. Steps that are padded draw from one slot
 * more: the best token, and nothing besides.
 */
final class SamplingState {
  /** End tokens that a slot can have. */
  static final int MAX_ENDS = 320;

  /** Biases that a slot can have. */
  static final int MAX_BIAS = 1024;

  private static final int WORDS = 16;
  private static final int LOGPROBS = 9;

  private final int vocabulary;
  private final int maxLogprobs;
  private final DeviceBuffer params;
  private final DeviceBuffer ends;
  private final DeviceBuffer biasTokens;
  private final DeviceBuffer biasValues;
  private final DeviceBuffer counts;
  private final int[] alternatives;

  SamplingState(PlanOptions options, int vocabulary, DeviceMemory memory) {
    this.vocabulary = vocabulary;
    long slots = options.maxSequences() + 1L;
    maxLogprobs = options.maxLogprobs();
    alternatives = new int[options.maxSequences()];
    params = memory.zeros(slots * WORDS * 4);
    // No log-probabilities for the last slot: -1. All else is zero there.
    long logprobs = 4 * ((slots - 1) * WORDS + LOGPROBS);
    memory.queue().fill(params, logprobs, 4, (byte) -1);
    ends = memory.zeros(slots * MAX_ENDS * 4);
    biasTokens = memory.zeros(slots * MAX_BIAS * 4);
    biasValues = memory.zeros(slots * MAX_BIAS * 4);
    counts = memory.zeros(slots * vocabulary * 2);
  }

  /** {@return the shape of the sampling kernel} */
  Map<String, Integer> shape() {
    return Map.of(
        "VOCAB",
        vocabulary,
        "MAX_LOGPROBS",
        Math.max(1, maxLogprobs),
        "MAX_ENDS",
        MAX_ENDS,
        "MAX_BIAS",
        MAX_BIAS);
  }

  Arguments offer(Arguments arguments) {
    return arguments
        .buffer("params", params)
        .buffer("end_tokens", ends)
        .buffer("bias_tokens", biasTokens)
        .buffer("bias_values", biasValues)
        .buffer("token_counts", counts);
  }

  /** {@return whether a row of a batch reports alternatives} */
  boolean alternatives(StepBatch batch) {
    int[] slots = batch.rowSlots();
    for (int r = 0; r < batch.rows(); r++) {
      if (alternatives[slots[r]] > 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Gives a slot to a sequence.
   *
   * @param a the assignment
   * @param flight the step that brings it
   * @param assign launches {@code sample.assign} where tokens must be counted
   */
  void assign(SlotAssignment a, Flight flight, Assign assign) {
    SamplingParams p = a.params();
    int slot = a.slot();
    alternatives[slot] = Math.min(p.logprobs(), maxLogprobs);
    int[] endIds = known(a.endTokens().stream().mapToInt(Integer::intValue).toArray());
    int[] biasIds =
        known(p.logitBias().keySet().stream().mapToInt(Integer::intValue).sorted().toArray());
    flight.upload(words(a, endIds.length, biasIds.length), params, 4L * WORDS * slot);
    flight.upload(endIds, ends, 4L * MAX_ENDS * slot);
    flight.upload(biasIds, biasTokens, 4L * MAX_BIAS * slot);
    int[] values = new int[biasIds.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.floatToRawIntBits(p.logitBias().get(biasIds[i]));
    }
    flight.upload(values, biasValues, 4L * MAX_BIAS * slot);
    if (p.penalised() && a.length() > 0) {
      assign.launch(a);
    } else if (p.penalised()) {
      flight.queue().fill(counts, 2L * vocabulary * slot, 2L * vocabulary, (byte) 0);
    }
  }

  /** Counts the tokens that a sequence has. */
  interface Assign {
    /** Queues {@code sample.assign}. */
    void launch(SlotAssignment assignment);
  }

  private int[] known(int[] tokens) {
    return java.util.Arrays.stream(tokens).filter(t -> t >= 0 && t < vocabulary).toArray();
  }

  private int[] words(SlotAssignment a, int endCount, int biasCount) {
    SamplingParams p = a.params();
    return new int[] {
      Float.floatToRawIntBits(p.temperature()),
      p.topK(),
      Float.floatToRawIntBits(p.topP()),
      Float.floatToRawIntBits(p.minP()),
      Float.floatToRawIntBits(p.repetitionPenalty()),
      Float.floatToRawIntBits(p.frequencyPenalty()),
      Float.floatToRawIntBits(p.presencePenalty()),
      (int) p.seed(),
      (int) (p.seed() >>> 32),
      alternatives[a.slot()],
      a.minTokens(),
      endCount,
      biasCount,
      p.penalised() ? 1 : 0,
      0,
      0
    };
  }
}
