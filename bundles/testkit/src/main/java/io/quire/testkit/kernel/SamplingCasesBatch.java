package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ElementwiseCasesBuilder.ints;

import io.quire.api.device.SamplingParams;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Rows in one launch. Slots are in another order than rows, and one of them belongs to nobody.
 *
 * <p>Log-probabilities may be off by 2^-18 for the sum over the vocabulary, and by 2^-22 of what is
 * subtracted from each other.
 */
final class SamplingCasesBatch {
  private static final int WORDS = 16;

  private final int vocab;
  private final int tops;
  private final int ends;
  private final int biases;
  private final List<SamplingCasesAnswer> answers;

  SamplingCasesBatch(int vocab, int tops, int ends, int biases, List<SamplingCasesAnswer> answers) {
    this.vocab = vocab;
    this.tops = tops;
    this.ends = ends;
    this.biases = biases;
    this.answers = List.copyOf(answers);
  }

  KernelCase toCase(String name) {
    int n = answers.size();
    int[] params = new int[(n + 1) * WORDS];
    int[] endTokens = new int[(n + 1) * ends];
    int[] biasTokens = new int[(n + 1) * biases];
    double[] biasValues = new double[(n + 1) * biases];
    short[] before = new short[(n + 1) * vocab];
    Arrays.fill(before, (short) 7);
    double[] logits = new double[n * vocab];
    for (int r = 0; r < n; r++) {
      SamplingCasesRow row = answers.get(r).row();
      for (int i = 0; i < vocab; i++) {
        logits[r * vocab + i] = row.logits()[i];
      }
      System.arraycopy(row.counts(), 0, before, slot(r) * vocab, vocab);
      System.arraycopy(row.ends(), 0, endTokens, slot(r) * ends, row.ends().length);
      int b = slot(r) * biases;
      for (Map.Entry<Integer, Float> bias : row.params().logitBias().entrySet()) {
        biasTokens[b] = bias.getKey();
        biasValues[b++] = bias.getValue();
      }
      System.arraycopy(words(row), 0, params, slot(r) * WORDS, WORDS);
    }
    return new ElementwiseCasesBuilder("sample", ElementType.F32, name)
        .shape("VOCAB", vocab)
        .shape("MAX_LOGPROBS", tops)
        .shape("MAX_ENDS", ends)
        .shape("MAX_BIAS", biases)
        .size("rows", n)
        .free("logits", ElementType.F32.buffer(logits))
        .in("row_slots", ints(IntStream.range(0, n).map(this::slot).toArray()))
        .in("row_positions", rows(a -> a.row().position()))
        .in("row_outputs", rows(a -> a.row().outputs()))
        .in("row_targets", rows(a -> a.row().target()))
        .in("params", ints(params))
        .in("end_tokens", ints(endTokens))
        .in("bias_tokens", ints(biasTokens))
        .in("bias_values", ElementType.F32.buffer(biasValues))
        .out("token_counts", shorts(before), counts(before))
        .out("sampled", rows(a -> -7), equal(a -> a.invalid() ? 0 : a.token()))
        .out("invalid", rows(a -> -7), equal(a -> a.invalid() ? 1 : 0))
        .out("top_counts", rows(a -> -7), equal(a -> a.tops(tops)))
        .out("logprobs", ElementType.F32.nans(n), logprobs())
        .out("top_tokens", ints(new int[n * tops]), topTokens())
        .out("top_logprobs", ElementType.F32.nans((long) n * tops), topLogprobs())
        .build();
  }

  private int slot(int row) {
    return answers.size() - row;
  }

  private static int[] words(SamplingCasesRow row) {
    SamplingParams p = row.params();
    return new int[] {
      Float.floatToIntBits(p.temperature()),
      p.topK(),
      Float.floatToIntBits(p.topP()),
      Float.floatToIntBits(p.minP()),
      Float.floatToIntBits(p.repetitionPenalty()),
      Float.floatToIntBits(p.frequencyPenalty()),
      Float.floatToIntBits(p.presencePenalty()),
      (int) p.seed(),
      (int) (p.seed() >>> 32),
      p.logprobs(),
      row.minTokens(),
      row.ends().length,
      p.logitBias().size(),
      p.penalised() ? 1 : 0,
      0,
      0
    };
  }

  private MemorySegment rows(ToIntFunction<SamplingCasesAnswer> number) {
    return ints(answers.stream().mapToInt(number).toArray());
  }

  /** Whole words, since a count is changed by way of its word. */
  static MemorySegment shorts(short... values) {
    MemorySegment buffer = Arena.ofAuto().allocate((2L * values.length + 3) / 4 * 4, 64);
    MemorySegment.copy(values, 0, buffer, ValueLayout.JAVA_SHORT, 0, values.length);
    return buffer;
  }

  private KernelCase.Check counts(short[] before) {
    short[] after = before.clone();
    for (int r = 0; r < answers.size(); r++) {
      SamplingCasesAnswer answer = answers.get(r);
      if (answer.row().target() < 0 && answer.row().params().penalised() && !answer.invalid()) {
        int at = slot(r) * vocab + answer.token();
        after[at] += (short) ((after[at] & 0x7fff) == 0x7fff ? 0 : 1);
      }
    }
    return counts(vocab, after);
  }

  /** Counts of all slots are as expected. */
  static KernelCase.Check counts(int vocab, short[] expected) {
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        short found = result.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i);
        if (found != expected[i]) {
          return Optional.of(
              "slot "
                  + i / vocab
                  + " counts "
                  + count(found)
                  + " of token "
                  + i % vocab
                  + ", expected "
                  + count(expected[i]));
        }
      }
      return Optional.empty();
    };
  }

  private static String count(short value) {
    return (value & 0x7fff) + (value < 0 ? " and the prompt" : "");
  }

  private KernelCase.Check equal(ToIntFunction<SamplingCasesAnswer> number) {
    return each(r ->
        result -> {
          int found = result.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, r);
          int expected = number.applyAsInt(answers.get(r));
          return found == expected
              ? Optional.empty()
              : Optional.of(found + ", expected " + expected);
        });
  }

  private KernelCase.Check logprobs() {
    return each(r ->
        result -> {
          SamplingCasesAnswer answer = answers.get(r);
          return answer.invalid() || !answer.reported()
              ? Optional.empty()
              : near(ElementType.F32.get(result, r), answer, answer.token());
        });
  }

  private KernelCase.Check topTokens() {
    return each(r ->
        result -> {
          for (int i = 0; i < answers.get(r).tops(tops); i++) {
            int found = result.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, r * tops + i);
            if (found != answers.get(r).top(i)) {
              return Optional.of(
                  "alternative " + i + " is " + found + ", expected " + answers.get(r).top(i));
            }
          }
          return Optional.empty();
        });
  }

  private KernelCase.Check topLogprobs() {
    return each(r ->
        result -> {
          for (int i = 0; i < answers.get(r).tops(tops); i++) {
            double found = ElementType.F32.get(result, r * tops + i);
            Optional<String> problem = near(found, answers.get(r), answers.get(r).top(i));
            if (problem.isPresent()) {
              return Optional.of("alternative " + i + " is " + problem.get());
            }
          }
          return Optional.empty();
        });
  }

  private static Optional<String> near(double found, SamplingCasesAnswer answer, int token) {
    double expected = answer.logprob(token);
    double allowed = 0x1p-18 + 0x1p-22 * Math.abs(expected);
    return found == expected || Math.abs(found - expected) <= allowed
        ? Optional.empty()
        : Optional.of(found + ", expected " + expected + " +- " + allowed);
  }

  private KernelCase.Check each(IntFunction<KernelCase.Check> check) {
    return result -> {
      for (int r = 0; r < answers.size(); r++) {
        Optional<String> problem = check.apply(r).problem(result);
        if (problem.isPresent()) {
          SamplingCasesRow row = answers.get(r).row();
          return Optional.of(
              "row "
                  + r
                  + ": "
                  + problem.get()
                  + "; "
                  + row.params()
                  + ", position "
                  + row.position()
                  + ", outputs "
                  + row.outputs()
                  + " of "
                  + row.minTokens()
                  + ", target "
                  + row.target());
        }
      }
      return Optional.empty();
    };
  }
}
