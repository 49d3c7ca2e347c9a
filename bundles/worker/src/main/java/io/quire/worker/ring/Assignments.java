package io.quire.worker.ring;

import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Slot assignments as whole numbers: slot, prompt length, length, minimum of tokens; how many end
 * tokens, and these; temperature, top-k, top-p, min-p, the three penalties, seed (two), logprobs;
 * how many biases, and these as token and value; the tokens. Rare: when a sequence starts.
 */
final class Assignments {
  private Assignments() {}

  static void write(SlotAssignment a, IntSink out) {
    out.put(a.slot());
    out.put(a.promptLength());
    out.put(a.length());
    out.put(a.minTokens());
    out.put(a.endTokens().size());
    a.endTokens().forEach(out::put);
    SamplingParams p = a.params();
    out.put(p.temperature());
    out.put(p.topK());
    out.put(p.topP());
    out.put(p.minP());
    out.put(p.repetitionPenalty());
    out.put(p.frequencyPenalty());
    out.put(p.presencePenalty());
    out.put(p.seed());
    out.put(p.logprobs());
    out.put(p.logitBias().size());
    p.logitBias()
        .forEach((token, bias) -> {
          out.put(token);
          out.put(bias);
        });
    out.put(a.tokens(), a.length());
  }

  static SlotAssignment read(IntSource in) {
    int slot = in.get();
    int promptLength = in.get();
    int length = in.get();
    int minTokens = in.get();
    List<Integer> ends = IntStream.range(0, in.get()).mapToObj(i -> in.get()).toList();
    SamplingParams params = readParams(in);
    int[] tokens = new int[length];
    in.get(tokens, length);
    return new SlotAssignment(slot, params, tokens, promptLength, length, minTokens, ends);
  }

  private static SamplingParams readParams(IntSource in) {
    float temperature = in.getFloat();
    int topK = in.get();
    float topP = in.getFloat();
    float minP = in.getFloat();
    float repetition = in.getFloat();
    float frequency = in.getFloat();
    float presence = in.getFloat();
    long seed = in.getLong();
    int logprobs = in.get();
    int biases = in.get();
    Map<Integer, Float> bias = HashMap.newHashMap(biases);
    for (int i = 0; i < biases; i++) {
      int token = in.get();
      bias.put(token, in.getFloat());
    }
    return new SamplingParams(
        temperature, topK, topP, minP, repetition, frequency, presence, bias, seed, logprobs);
  }
}
