package io.quire.backend.cpu.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepOutput;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.testkit.References;
import io.quire.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models against an independent implementation in single precision. */
class RealModelTest {
  private static final PlanOptions OPTIONS = new PlanOptions(768, 65, 768, 16, 5);

  /** Differences in log-probability that another order of sums can make; seen: 2e-4. */
  private static final double LOGPROB = 0.02;

  private static Model open(String reference) {
    Path path = reference.equals(References.SMOLLM2) ? TestModels.smollm2() : TestModels.gemma3();
    return Model.open(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"capital", "chat_hi", "prose_530"})
  void shouldReproduceTheLogitsOfSmolLm2(String prompt) throws Exception {
    float[] expected = References.floats(References.SMOLLM2, file(prompt), "logits");
    float[] actual = last(References.SMOLLM2, prompt, new VectorKernels());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 2e-2, "logit " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"capital", "chat_hi", "prose_530"})
  void shouldReproduceTheBestLogitsOfGemma(String prompt) throws Exception {
    int[] ids = References.ints(References.GEMMA3, file(prompt), "ids");
    float[] expected = References.floats(References.GEMMA3, file(prompt), "logits");
    float[] actual = last(References.GEMMA3, prompt, new VectorKernels());
    for (int i = 0; i < ids.length; i++) {
      assertEquals(expected[i], actual[ids[i]], 2e-2, "logit " + ids[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {References.SMOLLM2, References.GEMMA3})
  void shouldGiveTheSameBitsWithEitherArithmetic(String reference) throws Exception {
    assertArrayEquals(
        last(reference, "capital", new PlainKernels()),
        last(reference, "capital", new VectorKernels()));
  }

  private static String file(String prompt) {
    return "logits_" + prompt + ".safetensors";
  }

  private static float[] last(String reference, String prompt, Kernels kernels) throws Exception {
    String text = References.metadata(reference, file(prompt)).get("prompt_ids").asText();
    int[] ids = References.ints(new ObjectMapper().readTree(text));
    try (Model model = open(reference);
        Session session = new Session(model, kernels, 2, OPTIONS, 48)) {
      Session.Sequence sequence = session.start(0, ids);
      session.feed(sequence, ids.length, false);
      session.step();
      return sequence.logits.getFirst();
    }
  }

  /** Every step of greedy outputs, by feeding prompt and output and comparing the best tokens. */
  @ParameterizedTest
  @ValueSource(strings = {References.SMOLLM2, References.GEMMA3})
  void shouldAgreeOnEveryStepOfGreedyOutputs(String reference, TestReporter reporter)
      throws Exception {
    double worst = 0;
    int steps = 0;
    try (Model model = open(reference);
        Session session = new Session(model, new VectorKernels(), 2, OPTIONS, 200)) {
      Session.Sequence sequence = null;
      for (JsonNode line : References.lines(reference, "greedy.jsonl")) {
        int[] prompt = References.ints(line.get("prompt_ids"));
        int[] output = References.ints(line.get("output_ids"));
        int[] all = new int[prompt.length + output.length - 1];
        System.arraycopy(prompt, 0, all, 0, prompt.length);
        System.arraycopy(output, 0, all, prompt.length, output.length - 1);
        sequence = session.restart(sequence, 0, all);
        session.feed(sequence, prompt.length - 1, false);
        session.step();
        sequence.logits.clear();
        session.feed(sequence, output.length, true);
        session.step();
        for (int i = 0; i < output.length; i++) {
          worst = Math.max(worst, compare(line, i, sequence.logits.get(i)));
          steps++;
        }
      }
    }
    reporter.publishEntry(reference, steps + " steps, largest difference " + worst);
    assertTrue(steps >= 1000, steps + " steps");
    assertTrue(worst < LOGPROB, "largest difference of a log-probability: " + worst);
  }

  private static double compare(JsonNode line, int step, float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    int best = 0;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > max) {
        max = logits[i];
        best = i;
      }
    }
    double sum = 0;
    for (float x : logits) {
      sum += Math.exp(x - max);
    }
    if (line.get("margin").get(step).asDouble() > 0.05) {
      assertEquals(line.get("output_ids").get(step).asInt(), best, line.get("name") + " " + step);
    }
    double worst = 0;
    for (JsonNode entry : line.get("top").get(step)) {
      double actual = logits[entry.get(0).asInt()] - max - Math.log(sum);
      worst = Math.max(worst, Math.abs(entry.get(1).asDouble() - actual));
    }
    return worst;
  }

  @ParameterizedTest
  @ValueSource(strings = {References.SMOLLM2, References.GEMMA3})
  void shouldReproduceThePerplexity(String reference, TestReporter reporter) throws Exception {
    JsonNode expected = References.json(reference, "perplexity.json");
    int[] ids = References.ints(expected.get("ids"));
    JsonNode bos = References.json(reference, "meta.json").get("bos_id");
    int first = bos == null || bos.isNull() ? 0 : 1;
    int window = 512 - first;
    double sum = 0;
    int count = 0;
    try (Model model = open(reference);
        Session session = new Session(model, new VectorKernels(), 2, OPTIONS, 48)) {
      Session.Sequence sequence = null;
      for (int from = 0; from < ids.length; from += window) {
        int length = Math.min(window, ids.length - from);
        int[] tokens = new int[first + length];
        if (first == 1) {
          tokens[0] = bos.asInt();
        }
        System.arraycopy(ids, from, tokens, first, length);
        if (tokens.length < 2) {
          continue;
        }
        sequence = session.restart(sequence, 0, tokens);
        session.feed(sequence, tokens.length - 1, true);
        StepOutput out = session.step();
        for (int r = 0; r < out.rows(); r++) {
          sum -= out.logprobs()[r];
          count++;
        }
        sequence.logits.clear();
      }
    }
    double mean = sum / count;
    double wanted = expected.get("mean_nll").asDouble();
    reporter.publishEntry(reference, "mean NLL " + mean + ", reference " + wanted);
    assertEquals(expected.get("predicted").asInt(), count);
    assertEquals(wanted, mean, 1e-4);
  }

  @Test
  void shouldKeepTheBitsOfSmolLm2AloneChunkedAndInBatches() throws Exception {
    int[] tokens = new int[70];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = 1000 + i * 7919 % 30_000;
    }
    try (Model model = open(References.SMOLLM2);
        Session session = new Session(model, new VectorKernels(), 2, OPTIONS, 500)) {
      Session.Sequence alone = session.start(0, tokens);
      session.feed(alone, tokens.length, true);
      session.step();
      session.end(alone);
      for (int chunk : new int[] {1, 7, 16, 33, 69}) {
        Session.Sequence chunked = session.start(1, tokens);
        while (chunked.fed < tokens.length) {
          session.feed(chunked, Math.min(chunk, tokens.length - chunked.fed), true);
          session.step();
        }
        assertSame(alone, chunked, 0, "chunks of " + chunk);
        session.end(chunked);
      }
      for (int others : new int[] {1, 3, 15, 63}) {
        inBatch(session, tokens, alone, others);
      }
    }
  }

  /** The last tokens one by one, beside other sequences. */
  private static void inBatch(Session session, int[] tokens, Session.Sequence alone, int others)
      throws Exception {
    List<Session.Sequence> all = new ArrayList<>();
    for (int s = 0; s < others; s++) {
      int[] ids = new int[12];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 500 + (s * 131 + i * 17) % 40_000;
      }
      all.add(session.start(s, ids));
      session.feed(all.getLast(), 1 + s % 4, false);
    }
    Session.Sequence wanted = session.start(64, tokens);
    session.feed(wanted, tokens.length - 4, false);
    all.add(others / 2, wanted);
    session.step();
    wanted.logits.clear();
    for (int i = 0; i < 4; i++) {
      for (Session.Sequence sequence : all) {
        session.feed(sequence, 1, sequence == wanted);
      }
      session.step();
    }
    assertSame(alone, wanted, tokens.length - 4, "beside " + others);
    all.forEach(session::end);
  }

  private static void assertSame(
      Session.Sequence expected, Session.Sequence actual, int from, String name) {
    for (int i = 0; i < actual.logits.size(); i++) {
      assertArrayEquals(expected.logits.get(from + i), actual.logits.get(i), name + ", row " + i);
    }
  }
}
