package io.quire.testkit.kernel;

import io.quire.api.device.SamplingParams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Makes rows of logits and ways to sample them, until one row leaves no doubt about its answer. */
final class SamplingCasesRows {
  private static final int TRIES = 2000;
  private static final float INFINITE = Float.POSITIVE_INFINITY;

  /** Makes logits. */
  interface Logits {
    float[] of(SamplingCasesRows rows);
  }

  /** Makes a row of them. */
  interface Maker {
    SamplingCasesRow of(float[] logits);
  }

  private final int vocab;
  private final RandomGenerator random;
  private final List<SamplingCasesAnswer> answers = new ArrayList<>();

  SamplingCasesRows(int vocab, RandomGenerator random) {
    this.vocab = vocab;
    this.random = random;
  }

  List<SamplingCasesAnswer> answers() {
    return answers;
  }

  /** Adds a row. */
  SamplingCasesRows add(Logits logits, Maker maker) {
    for (int i = 0; i < TRIES; i++) {
      SamplingCasesAnswer answer = new SamplingCasesAnswer(maker.of(logits.of(this)));
      if (answer.invalid() || answer.certain()) {
        answers.add(answer);
        return this;
      }
    }
    throw new IllegalStateException(
        "none of " + TRIES + " rows of " + vocab + " has an answer that rounding cannot change");
  }

  SamplingCasesRows add(Logits logits, SamplingParams params) {
    return add(logits, x -> row(x, params));
  }

  /** With another seed and position every time. */
  SamplingCasesRow row(float[] logits, SamplingParams params) {
    return SamplingCasesRow.of(logits, params.withSeed(random.nextLong()), random.nextInt(1 << 20));
  }

  static SamplingParams draw(double temperature, int topK, double topP, double minP) {
    return new SamplingParams(
        (float) temperature, topK, (float) topP, (float) minP, 1, 0, 0, Map.of(), 0, -1);
  }

  static SamplingParams logprobs(SamplingParams p, int count) {
    return new SamplingParams(
        p.temperature(),
        p.topK(),
        p.topP(),
        p.minP(),
        p.repetitionPenalty(),
        p.frequencyPenalty(),
        p.presencePenalty(),
        p.logitBias(),
        p.seed(),
        count);
  }

  static SamplingParams penalties(SamplingParams p, double again, double often, double present) {
    return new SamplingParams(
        p.temperature(),
        p.topK(),
        p.topP(),
        p.minP(),
        (float) again,
        (float) often,
        (float) present,
        p.logitBias(),
        p.seed(),
        p.logprobs());
  }

  static SamplingParams bias(SamplingParams p, Map<Integer, Float> bias) {
    return new SamplingParams(
        p.temperature(),
        p.topK(),
        p.topP(),
        p.minP(),
        p.repetitionPenalty(),
        p.frequencyPenalty(),
        p.presencePenalty(),
        bias,
        p.seed(),
        p.logprobs());
  }

  float[] normal(double deviation) {
    float[] x = new float[vocab];
    for (int i = 0; i < vocab; i++) {
      x[i] = (float) (random.nextGaussian() * deviation);
    }
    return x;
  }

  /** Few different values. */
  float[] ties() {
    float[] x = new float[vocab];
    for (int i = 0; i < vocab; i++) {
      x[i] = random.nextInt(-3, 4);
    }
    return x;
  }

  /** Zeros of both signs. */
  float[] zeros() {
    float[] x = new float[vocab];
    for (int i = 0; i < vocab; i++) {
      x[i] = random.nextBoolean() ? 0f : -0f;
    }
    return x;
  }

  /** Most tokens are forbidden, as by a grammar. */
  float[] masked() {
    float[] x = normal(3);
    for (int i = 0; i < vocab; i++) {
      x[i] = random.nextInt(10) < 8 && i != vocab / 2 ? -INFINITE : x[i];
    }
    return x;
  }

  float[] with(int id, float value) {
    float[] x = normal(2);
    x[id] = value;
    return x;
  }

  float[] forbidden() {
    float[] x = new float[vocab];
    java.util.Arrays.fill(x, -INFINITE);
    return x;
  }

  /** Some tokens of prompt and output, one of them too often to be counted. */
  short[] counts() {
    short[] counts = new short[vocab];
    short[] some = {(short) 0x8000, 1, 2, (short) 0x8003, 5, 0x7fff, (short) 0xffff};
    for (int i = 0; i < vocab / 3; i++) {
      counts[random.nextInt(vocab)] = some[random.nextInt(i == 0 ? some.length : 5)];
    }
    return counts;
  }

  int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < vocab; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private double pick(double... values) {
    return values[random.nextInt(values.length)];
  }

  /** Everything at once, each part by chance. */
  SamplingCasesRow any(float[] x) {
    int k = (int) pick(0, -1, 1, 2, 5, 20, vocab / 2, vocab - 1, vocab, vocab + 5);
    SamplingParams params =
        logprobs(
            draw(pick(0, 0.3, 0.7, 1, 1, 2, 50), k, pick(1, 0.9, 0.5, 0.99), pick(0, 0, 0.05, 0.5)),
            (int) pick(-1, 0, 1, 5, 20, 30));
    if (random.nextBoolean()) {
      params = penalties(params, pick(1, 1.3, 0.7), pick(0, 0.5, -0.25), pick(0, 0.4, -1));
    }
    Map<Integer, Float> bias = new HashMap<>();
    for (int i = random.nextInt(8); i < 4; i++) {
      bias.put(random.nextInt(vocab), (float) random.nextDouble(-8, 8));
    }
    SamplingCasesRow row = row(x, bias(params, bias)).counted(counts());
    row = row.barred(random.nextInt(4), random.nextInt(4), best(x), random.nextInt(vocab));
    return random.nextInt(6) == 0 ? row.scored(random.nextInt(vocab)) : row;
  }
}
