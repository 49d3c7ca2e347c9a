package io.quire.testkit.kernel;

import io.quire.testkit.kernel.AttentionCases.Plan;
import io.quire.testkit.kernel.AttentionCases.Sequence;
import java.util.Arrays;
import java.util.Optional;

/**
 * What attention must give, in double precision, and how far from it each element may be.
 *
 * <p>With {@code A = sum p |v|}: weights are rounded to elements, which moves a sum of theirs by at
 * most {@code u A}, and the result is rounded once more; scores are sums of {@code headDim}
 * products in single precision, and an error of {@code e} in each moves the result by at most
 * {@code 2 e A}; sums over the context are in single precision, too. The hyperbolic tangent may be
 * off by 2^-10, the power of two by 2^-20.
 */
final class AttentionCasesAnswer {
  private static final double SINGLE = 0x1p-23;

  private final AttentionCasesBatch batch;
  private final Plan plan;
  private final double[] expected;
  private final double[] allowed;

  AttentionCasesAnswer(AttentionCasesBatch batch) {
    this.batch = batch;
    plan = batch.plan();
    expected = new double[batch.elements()];
    allowed = new double[batch.elements()];
    int token = 0;
    for (int s = 0; s < plan.sequences().size(); s++) {
      Sequence sequence = plan.sequences().get(s);
      for (int i = 0; i < sequence.tokens(); i++, token++) {
        if (s < plan.skip()) {
          leaveAlone(token);
          continue;
        }
        for (int head = 0; head < plan.queryHeads(); head++) {
          attend(s, sequence.context() - sequence.tokens() + i, token, head);
        }
      }
    }
  }

  /** What nobody writes is still NaN. */
  private void leaveAlone(int token) {
    int width = plan.queryHeads() * plan.headDim();
    Arrays.fill(expected, token * width, (token + 1) * width, Double.NaN);
  }

  private void attend(int s, int position, int token, int head) {
    int first = plan.window() == 0 ? 0 : Math.max(0, position - plan.window() + 1);
    int kvHead = head / plan.gqa();
    double[] weights = new double[position + 1 - first];
    double error = 0;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int t = first; t <= position; t++) {
      double sum = 0;
      double size = 0;
      for (int d = 0; d < plan.headDim(); d++) {
        double product = batch.query(token, head, d) * batch.key(s, t, kvHead, d) * batch.scale();
        sum += product;
        size += Math.abs(product);
      }
      double score = plan.softcap() > 0 ? plan.softcap() * Math.tanh(sum / plan.softcap()) : sum;
      weights[t - first] = score;
      greatest = Math.max(greatest, score);
      error = Math.max(error, size * plan.headDim() * SINGLE);
    }
    error += plan.softcap() * 0x1p-10 + 0x1p-20;
    double total = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp(weights[i] - greatest);
      total += weights[i];
    }
    double roundOff = batch.type().roundOff();
    double relative = roundOff + 2 * error + weights.length * SINGLE;
    for (int d = 0; d < plan.headDim(); d++) {
      double sum = 0;
      double size = 0;
      for (int t = first; t <= position; t++) {
        double part = weights[t - first] / total * batch.stored(s, t, kvHead, d);
        sum += part;
        size += Math.abs(part);
      }
      int at = (token * plan.queryHeads() + head) * plan.headDim() + d;
      expected[at] = sum;
      allowed[at] = size * relative + Math.abs(sum) * roundOff;
    }
  }

  KernelCase.Check check() {
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        double found = batch.type().get(result, i);
        boolean same = Double.isNaN(expected[i]) && Double.isNaN(found);
        if (!same && !(Math.abs(found - expected[i]) <= allowed[i])) {
          return Optional.of(
              "token "
                  + i / plan.headDim() / plan.queryHeads()
                  + ", head "
                  + i / plan.headDim() % plan.queryHeads()
                  + ", element "
                  + i % plan.headDim()
                  + " is "
                  + found
                  + ", expected "
                  + expected[i]
                  + " +- "
                  + allowed[i]);
        }
      }
      return Optional.empty();
    };
  }
}
