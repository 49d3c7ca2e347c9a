package io.quire.backend.cpu.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.testkit.References;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The distribution after filtering, against an independent implementation in doubles. */
class SamplingReferenceTest {
  @ParameterizedTest
  @ValueSource(strings = {"small", "model"})
  void shouldFilterAsTheReference(String vector) {
    JsonNode data = References.json(References.SMOLLM2, "sampling.json").get(vector);
    float[] logits = logits(data);
    Distribution distribution = new Distribution(new VectorKernels(), logits.length);
    int checked = 0;
    for (JsonNode test : data.get("cases")) {
      SamplingParams params = params(test.get("settings"));
      float[] row = logits.clone();
      slot(data, params, logits.length).adjust(row, 4);
      distribution.compute(row, 0, params);
      check(test, distribution, logits.length);
      checked++;
    }
    assertTrue(checked >= 10, checked + " cases");
  }

  private static void check(JsonNode test, Distribution distribution, int vocabulary) {
    String name = test.get("settings").toString();
    boolean fragile = test.get("fragile").asBoolean();
    int survivors = 0;
    double entropy = 0;
    for (int i = 0; i < vocabulary; i++) {
      double p = distribution.probability(i);
      survivors += distribution.keeps(i) ? 1 : 0;
      entropy -= p > 0 ? p * Math.log(p) : 0;
    }
    // A fragile threshold lies within 1e-5 of a token: single precision may take it or leave it.
    int slack = fragile ? 2 : 0;
    assertEquals(test.get("survivors").asInt(), survivors, slack, name);
    assertEquals(test.get("entropy").asDouble(), entropy, fragile ? 1e-3 : 1e-4, name);
    for (JsonNode listed : test.get("listed")) {
      double expected = listed.get(1).asDouble();
      double actual = distribution.probability(listed.get(0).asInt());
      double tolerance = fragile ? 1e-4 : 2e-5 * expected + 1e-12;
      assertEquals(expected, actual, tolerance, name + " token " + listed.get(0));
    }
  }

  private static SlotState slot(JsonNode data, SamplingParams params, int vocabulary) {
    int[] prompt = References.ints(data.get("prompt_ids"));
    int[] output = References.ints(data.get("output_ids"));
    int[] all = new int[prompt.length + output.length];
    System.arraycopy(prompt, 0, all, 0, prompt.length);
    System.arraycopy(output, 0, all, prompt.length, output.length);
    return new SlotState(
        new SlotAssignment(0, params, all, prompt.length, all.length, 0, List.of()), vocabulary);
  }

  private static float[] logits(JsonNode data) {
    if (data.has("logits_file")) {
      return References.floats(References.SMOLLM2, data.get("logits_file").asText(), "logits");
    }
    JsonNode values = data.get("logits");
    float[] logits = new float[values.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) values.get(i).asDouble();
    }
    return logits;
  }

  private static SamplingParams params(JsonNode s) {
    Map<Integer, Float> bias = new HashMap<>();
    s.get("logit_bias")
        .properties()
        .forEach(e -> bias.put(Integer.valueOf(e.getKey()), number(e.getValue())));
    return new SamplingParams(
        number(s.get("temperature")),
        s.get("top_k").asInt(),
        number(s.get("top_p")),
        number(s.get("min_p")),
        number(s.get("repetition_penalty")),
        number(s.get("frequency_penalty")),
        number(s.get("presence_penalty")),
        bias,
        0,
        -1);
  }

  private static float number(JsonNode node) {
    return (float) node.asDouble();
  }
}
