package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ElementwiseCasesBuilder.ints;
import static io.quire.testkit.kernel.SamplingCasesRows.bias;
import static io.quire.testkit.kernel.SamplingCasesRows.draw;
import static io.quire.testkit.kernel.SamplingCasesRows.logprobs;
import static io.quire.testkit.kernel.SamplingCasesRows.penalties;

import io.quire.api.device.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Cases of sampling: each filter alone and all together, ties, and rows that are none. */
public final class SamplingCases implements CaseSource {
  private static final String SAMPLE = "sample";
  private static final String ASSIGN = "sample.assign";

  /** Divisible by nothing that a kernel might hope for. */
  private static final int VOCAB = 1003;

  private static final int TOPS = 20;
  private static final int ENDS = 3;
  private static final int BIASES = 4;
  private static final SamplingParams GREEDY = SamplingParams.GREEDY;

  /** Makes the cases. */
  public SamplingCases() {}

  @Override
  public Set<String> ops() {
    return Set.of(SAMPLE, ASSIGN);
  }

  @Override
  public List<KernelCase> cases(String op, String dtype, long seed) {
    if (!dtype.equals("f32") || !ops().contains(op)) {
      return List.of();
    }
    RandomGenerator random = new SplittableRandom(seed);
    return op.equals(ASSIGN) ? assign(random) : sample(random);
  }

  private static List<KernelCase> sample(RandomGenerator random) {
    List<KernelCase> cases = new ArrayList<>();
    cases.add(batch("the best token", greedy(rows(VOCAB, random))));
    cases.add(batch("temperature", temperature(rows(VOCAB, random))));
    cases.add(batch("top-k", topK(rows(VOCAB, random))));
    cases.add(batch("top-p", topP(rows(VOCAB, random))));
    cases.add(batch("min-p", minP(rows(VOCAB, random))));
    cases.add(batch("penalties", penalised(rows(VOCAB, random))));
    cases.add(batch("bias and barred ends", adjusted(rows(VOCAB, random))));
    cases.add(batch("log-probabilities", reported(rows(VOCAB, random))));
    cases.add(batch("no distribution", broken(rows(VOCAB, random))));
    cases.add(batch("all together", together(rows(VOCAB, random), 16)));
    cases.add(batch("all together, in fours", together(rows(1024, random), 8)));
    cases.add(batch("few tokens", together(rows(5, random), 8)));
    cases.add(
        new SamplingCasesBatch(3, 0, 0, 0, few(rows(3, random)).answers())
            .toCase("nothing but tokens, of 3"));
    cases.add(batch("a large vocabulary", large(rows(49152, random))));
    return cases;
  }

  private static SamplingCasesRows rows(int vocab, RandomGenerator random) {
    return new SamplingCasesRows(vocab, random);
  }

  private static KernelCase batch(String what, SamplingCasesRows rows) {
    int vocab = rows.answers().getFirst().row().logits().length;
    return new SamplingCasesBatch(vocab, TOPS, ENDS, BIASES, rows.answers())
        .toCase(what + ", of " + vocab);
  }

  private static SamplingCasesRows greedy(SamplingCasesRows rows) {
    return rows.add(r -> r.normal(4), GREEDY)
        .add(r -> r.normal(1000), GREEDY)
        .add(SamplingCasesRows::ties, GREEDY)
        .add(SamplingCasesRows::zeros, GREEDY)
        .add(SamplingCasesRows::masked, GREEDY)
        .add(r -> r.with(0, 90), GREEDY)
        .add(r -> r.with(VOCAB - 1, 90), GREEDY);
  }

  private static SamplingCasesRows temperature(SamplingCasesRows rows) {
    for (double temperature : new double[] {0.01, 0.3, 1, 2, 50, 1e-30, 1e-42}) {
      rows.add(r -> r.normal(4), draw(temperature, 0, 1, 0));
    }
    SamplingParams plain = draw(1, 0, 1, 0);
    return rows.add(r -> r.normal(1000), plain)
        .add(SamplingCasesRows::ties, plain)
        .add(SamplingCasesRows::zeros, plain)
        .add(SamplingCasesRows::masked, plain)
        .add(r -> r.with(7, -1e30f), plain);
  }

  private static SamplingCasesRows topK(SamplingCasesRows rows) {
    for (int k : new int[] {-1, 1, 2, 5, 20, 500, VOCAB - 1, VOCAB, VOCAB + 5}) {
      rows.add(r -> r.normal(1), draw(1, k, 1, 0));
    }
    return rows.add(SamplingCasesRows::ties, draw(1, 1, 1, 0))
        .add(SamplingCasesRows::ties, draw(2, 200, 1, 0))
        .add(SamplingCasesRows::zeros, draw(1, 3, 1, 0))
        .add(SamplingCasesRows::masked, draw(1, 800, 1, 0))
        .add(r -> r.normal(1000), draw(1, 40, 1, 0));
  }

  private static SamplingCasesRows topP(SamplingCasesRows rows) {
    for (double p : new double[] {0.9, 0.5, 0.99, 0.95, 1e-6, 0.9999}) {
      rows.add(r -> r.normal(2), draw(1, 0, p, 0));
    }
    return rows.add(SamplingCasesRows::ties, draw(1, 0, 0.77, 0))
        .add(SamplingCasesRows::ties, draw(1, 0, 0.123, 0))
        .add(SamplingCasesRows::zeros, draw(1, 0, 0.35, 0))
        .add(SamplingCasesRows::masked, draw(1, 0, 0.8, 0))
        .add(r -> r.normal(1000), draw(1, 0, 0.8, 0));
  }

  private static SamplingCasesRows minP(SamplingCasesRows rows) {
    for (double p : new double[] {0.05, 0.5, 1, 1e-6, 1e-20}) {
      rows.add(r -> r.normal(2), draw(1.5, 0, 1, p));
    }
    return rows.add(SamplingCasesRows::ties, draw(1, 0, 1, 0.1))
        .add(SamplingCasesRows::ties, draw(1, 0, 1, 1))
        .add(SamplingCasesRows::masked, draw(0.5, 0, 1, 0.01));
  }

  private static SamplingCasesRows penalised(SamplingCasesRows rows) {
    SamplingParams[] some = {
      penalties(GREEDY, 1.3, 0, 0),
      penalties(GREEDY, 1, 2, 0.5),
      penalties(draw(1, 0, 1, 0), 0.7, 0, 0),
      penalties(draw(0.8, 50, 0.9, 0), 1.2, 0.25, -0.5),
      penalties(draw(1, 0, 0.9, 0.02), 1, -0.5, 1),
      penalties(draw(1, 0, 1, 0), 1, 0, 2)
    };
    for (SamplingParams params : some) {
      rows.add(r -> r.normal(3), x -> rows.row(x, params).counted(rows.counts()));
    }
    // The token that is drawn is in the prompt, or was counted as often as can be.
    for (int count : new int[] {0x8000, 0x7fff, 0xffff, 0xfffe}) {
      rows.add(
          r -> r.with(9, 60),
          x -> {
            short[] counts = new short[VOCAB];
            counts[9] = (short) count;
            return rows.row(x, penalties(GREEDY, 1.1, 0, 0)).counted(counts);
          });
    }
    return rows;
  }

  private static SamplingCasesRows adjusted(SamplingCasesRows rows) {
    SamplingParams drawn = logprobs(draw(1, 0, 0.9, 0), 2);
    for (SamplingParams params : List.of(logprobs(GREEDY, 0), drawn)) {
      rows.add(r -> r.normal(2), x -> rows.row(x, params).barred(3, 2, rows.best(x), 17))
          .add(r -> r.normal(2), x -> rows.row(x, params).barred(3, 3, rows.best(x), 17))
          .add(r -> r.normal(2), x -> rows.row(x, bias(params, Map.of(5, 30f, 6, -30f))))
          .add(
              r -> r.normal(2),
              x -> {
                int best = rows.best(x);
                int other = best == 5 ? 6 : 5;
                return rows.row(x, bias(params, Map.of(other, 30f, best, 20f)))
                    .barred(1, 0, other, best);
              })
          .add(
              r -> r.normal(2),
              x ->
                  rows.row(x, bias(params, Map.of(VOCAB, 50f, -1, 50f, 4, 9f)))
                      .barred(1, 0, -1, VOCAB, 8))
          .add(
              r -> r.normal(2),
              x ->
                  rows.row(x, penalties(bias(params, Map.of(5, 6f, 9, 6f)), 1.5, 0.5, 0.5))
                      .counted(rows.counts())
                      .barred(9, 8, 5, 4));
    }
    return rows;
  }

  private static SamplingCasesRows reported(SamplingCasesRows rows) {
    for (int count : new int[] {0, 1, 5, 19, 20, 25}) {
      rows.add(r -> r.normal(4), logprobs(draw(0.7, 30, 1, 0), count));
    }
    rows.add(SamplingCasesRows::ties, logprobs(GREEDY, 20))
        .add(SamplingCasesRows::zeros, logprobs(GREEDY, 7))
        .add(SamplingCasesRows::masked, logprobs(GREEDY, 20))
        .add(r -> r.normal(300), logprobs(GREEDY, 20))
        .add(r -> rows.masked(), x -> rows.row(x, logprobs(GREEDY, 20)));
    for (int count : new int[] {-1, 0, 3, 20}) {
      SamplingParams params =
          penalties(bias(logprobs(draw(1, 3, 0.5, 0.1), count), Map.of(3, 50f)), 2, 1, 1);
      rows.add(r -> r.normal(2), x -> rows.row(x, params).counted(rows.counts()).scored(VOCAB - 1));
    }
    return rows.add(r -> r.with(3, Float.NEGATIVE_INFINITY), x -> rows.row(x, GREEDY).scored(3));
  }

  private static SamplingCasesRows broken(SamplingCasesRows rows) {
    SamplingParams params = logprobs(penalties(draw(1, 5, 0.9, 0), 1.5, 0, 0), 4);
    float negativeNan = Float.intBitsToFloat(0xffc00001);
    for (float bad : new float[] {Float.NaN, negativeNan, Float.POSITIVE_INFINITY}) {
      rows.add(r -> r.with(500, bad), params)
          .add(r -> r.with(VOCAB - 1, bad), GREEDY)
          .add(r -> r.with(0, bad), x -> rows.row(x, params).scored(2));
    }
    return rows.add(SamplingCasesRows::forbidden, params)
        .add(SamplingCasesRows::forbidden, x -> rows.row(x, GREEDY).scored(2))
        .add(r -> r.normal(2), params);
  }

  private static SamplingCasesRows together(SamplingCasesRows rows, int count) {
    for (int i = 0; i < count; i++) {
      rows.add(i % 4 == 3 ? SamplingCasesRows::ties : r -> r.normal(3), rows::any);
    }
    return rows;
  }

  private static SamplingCasesRows few(SamplingCasesRows rows) {
    return rows.add(r -> r.normal(1), GREEDY)
        .add(r -> r.normal(1), draw(1, 0, 1, 0))
        .add(r -> r.normal(1), draw(1, 2, 0.6, 0));
  }

  private static SamplingCasesRows large(SamplingCasesRows rows) {
    return rows.add(r -> r.normal(3), logprobs(GREEDY, 5))
        .add(r -> r.normal(3), draw(1, 0, 1, 0))
        .add(r -> r.normal(3), draw(0.8, 40, 0.95, 0.01))
        .add(r -> r.normal(1), logprobs(draw(1, 0, 0.9, 0), 20));
  }

  private static List<KernelCase> assign(RandomGenerator random) {
    int[] ids = random.ints(200, 0, 40).toArray();
    ids[150] = -1;
    ids[199] = 7;
    int[] many = new int[33_100];
    Arrays.fill(many, 11);
    int[] strange = {-5, VOCAB, Integer.MIN_VALUE, Integer.MAX_VALUE, VOCAB - 1, 0, VOCAB - 1};
    return List.of(
        assign("prompt and output", VOCAB, 1, 120, ids, random),
        assign("a prompt alone", 1024, 2, 200, ids, random),
        assign("output alone", VOCAB, 0, 0, ids, random),
        assign("more than can be counted", VOCAB, 2, 1, many, random),
        assign("ids outside the vocabulary", VOCAB, 1, 2, strange, random));
  }

  private static KernelCase assign(
      String name, int vocab, int slot, int prompt, int[] ids, RandomGenerator random) {
    short[] before = new short[3 * vocab];
    for (int i = 0; i < before.length; i++) {
      before[i] = (short) random.nextInt();
    }
    short[] after = before.clone();
    Arrays.fill(after, slot * vocab, (slot + 1) * vocab, (short) 0);
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] >= 0 && ids[i] < vocab) {
        int at = slot * vocab + ids[i];
        int count = after[at] & 0x7fff;
        after[at] =
            (short)
                (i < prompt
                    ? after[at] | 0x8000
                    : after[at] & 0x8000 | Math.min(count + 1, 0x7fff));
      }
    }
    return new ElementwiseCasesBuilder(ASSIGN, ElementType.F32, name)
        .shape("VOCAB", vocab)
        .size("n", ids.length)
        .number("n", ids.length)
        .number("slot", slot)
        .number("prompt_length", prompt)
        .in("ids", ints(ids))
        .out(
            "token_counts",
            SamplingCasesBatch.shorts(before),
            SamplingCasesBatch.counts(vocab, after))
        .build();
  }
}
