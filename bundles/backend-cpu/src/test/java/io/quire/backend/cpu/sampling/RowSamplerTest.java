package io.quire.backend.cpu.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepOutput;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.testkit.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class RowSamplerTest {
  private static final StepOutput OUT = new StepOutput(new PlanOptions(1, 1, 1, 1, 5));

  private static SamplingParams params(float temperature, int topK, float topP, int logprobs) {
    return new SamplingParams(temperature, topK, topP, 0, 1, 0, 0, Map.of(), 7, logprobs);
  }

  private static SlotState slot(SamplingParams params, int vocabulary) {
    return new SlotState(new SlotAssignment(0, params, new int[0], 0, 0, 0, List.of()), vocabulary);
  }

  @Test
  void shouldTakeTheSmallestIdAmongEquals() {
    float[] logits = {1, 3, 2, 3, 3};
    RowSampler sampler = new RowSampler(new PlainKernels(), 5);
    sampler.sample(logits, 0, slot(params(0, 0, 1, 5), 5), 0, 0, OUT, 0);
    assertEquals(1, OUT.tokens()[0]);
    assertArrayEquals(new int[] {1, 3, 4, 2, 0}, Arrays.copyOf(OUT.topTokens(), 5));
  }

  @Test
  void shouldReportTheLogSoftmaxOfTheModelsOwnLogits(RandomGenerator random) {
    int vocabulary = 1000;
    float[] logits = gaussian(random, vocabulary, 5);
    RowSampler sampler = new RowSampler(new PlainKernels(), vocabulary);
    sampler.score(logits, 0, slot(params(0.3f, 5, 0.5f, 2), vocabulary), 123, OUT, 0);
    double sum = 0;
    for (float x : logits) {
      sum += Math.exp(x);
    }
    assertEquals(logits[123] - Math.log(sum), OUT.logprobs()[0], 1e-5);
    assertEquals(2, OUT.topCounts()[0]);
    assertEquals(123, OUT.tokens()[0]);
  }

  @Test
  void shouldDrawInProportion(RandomGenerator random) {
    int vocabulary = 50;
    float[] logits = gaussian(random, vocabulary, 2);
    for (SamplingParams params :
        List.of(params(1, 0, 1, -1), params(0.7f, 12, 1, -1), params(1.5f, 0, 0.8f, -1))) {
      Distribution distribution = new Distribution(new PlainKernels(), vocabulary);
      distribution.compute(logits, 0, params);
      int draws = 40_000;
      int[] counts = new int[vocabulary];
      RowSampler sampler = new RowSampler(new PlainKernels(), vocabulary);
      for (int position = 0; position < draws; position++) {
        sampler.sample(logits, 0, slot(params, vocabulary), position, 0, OUT, 0);
        counts[OUT.tokens()[0]]++;
      }
      double square = 0;
      int cells = 0;
      for (int i = 0; i < vocabulary; i++) {
        double expected = draws * distribution.probability(i);
        assertTrue(expected > 0 || counts[i] == 0, "token " + i + " was dropped but drawn");
        if (expected >= 5) {
          square += (counts[i] - expected) * (counts[i] - expected) / expected;
          cells++;
        }
      }
      // Mean: cells - 1; variance: twice that. Six standard deviations.
      double limit = cells - 1 + 6 * Math.sqrt(2.0 * (cells - 1)) + 6;
      assertTrue(square < limit, params + ": chi-square " + square + " over " + cells);
    }
  }

  @Test
  void shouldFilterAsASortWould(RandomGenerator random) {
    for (int run = 0; run < 200; run++) {
      int vocabulary = random.nextInt(2, 3000);
      float[] logits = gaussian(random, vocabulary, Math.exp(random.nextGaussian() * 2));
      for (int i = 0; i < vocabulary / 4; i++) {
        logits[random.nextInt(vocabulary)] = logits[random.nextInt(vocabulary)];
      }
      int k = random.nextInt(1, vocabulary + 1);
      Distribution distribution = new Distribution(new PlainKernels(), vocabulary);
      distribution.compute(logits, 0, params(1, k, 1, -1));
      float[] sorted = logits.clone();
      Arrays.sort(sorted);
      float least = sorted[vocabulary - k];
      for (int i = 0; i < vocabulary; i++) {
        assertEquals(logits[i] >= least, distribution.keeps(i), "top " + k + " token " + i);
      }
      float p = random.nextFloat(0.01f, 1);
      distribution.compute(logits, 0, params(1, 0, p, -1));
      checkTail(distribution, logits, p);
    }
  }

  /** What is kept has at least p; without its least likely token it would have less. */
  private static void checkTail(Distribution distribution, float[] logits, float p) {
    double max = Double.NEGATIVE_INFINITY;
    for (float x : logits) {
      max = Math.max(max, x);
    }
    double total = 0;
    double kept = 0;
    double least = Double.POSITIVE_INFINITY;
    float highestDropped = Float.NEGATIVE_INFINITY;
    float lowestKept = Float.POSITIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      double weight = Math.exp(logits[i] - max);
      total += weight;
      if (distribution.keeps(i)) {
        kept += weight;
        least = Math.min(least, weight);
        lowestKept = Math.min(lowestKept, logits[i]);
      } else {
        highestDropped = Math.max(highestDropped, logits[i]);
      }
    }
    assertTrue(highestDropped <= lowestKept);
    assertTrue(kept >= p * total * (1 - 1e-5), "kept " + kept / total + " of " + p);
    assertTrue((kept - least) < p * total * (1 + 1e-5) + 1e-12, "kept too much for " + p);
  }

  @Test
  void shouldSurviveExtremeTemperaturesAndLogits() {
    float[] logits = {-3e38f, 3e38f, 0, 1, 3e38f};
    RowSampler sampler = new RowSampler(new PlainKernels(), 5);
    for (float temperature : new float[] {Float.MIN_VALUE, 1e-3f, 1, 100}) {
      sampler.sample(logits, 0, slot(params(temperature, 3, 0.9f, 2), 5), 0, 0, OUT, 0);
      assertTrue(OUT.tokens()[0] == 1 || OUT.tokens()[0] == 4, "token " + OUT.tokens()[0]);
    }
  }

  private static float[] gaussian(RandomGenerator random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }
}
