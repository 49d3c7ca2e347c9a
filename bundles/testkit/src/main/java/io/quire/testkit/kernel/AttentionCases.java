package io.quire.testkit.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Cases of attention over a paged cache: contexts around the edges of blocks, prompts, parts of
 * prompts and single tokens side by side, and parts of the cache that nobody may look at.
 */
public final class AttentionCases implements CaseSource {
  /** Any mix of sequences. */
  static final String PREFILL = "attention.prefill";

  /** One token a sequence. */
  static final String DECODE = "attention.decode";

  private static final Set<String> DTYPES = Set.of("bf16", "f16");

  /** Makes the cases. */
  public AttentionCases() {}

  @Override
  public Set<String> ops() {
    return Set.of(PREFILL, DECODE);
  }

  @Override
  public List<KernelCase> cases(String op, String dtype, long seed) {
    if (!DTYPES.contains(dtype) || !ops().contains(op)) {
      return List.of();
    }
    ElementType type = ElementType.of(dtype);
    List<KernelCase> cases = new ArrayList<>();
    for (Plan plan : op.equals(PREFILL) ? prefill() : decode()) {
      SplittableRandom random = new SplittableRandom(seed + cases.size());
      cases.add(new AttentionCasesBatch(type, plan, random).toCase(op, dtype));
    }
    return cases;
  }

  /**
   * What a case is about.
   *
   * @param headDim elements of a head
   * @param kvHeads key and value heads
   * @param gqa query heads of each
   * @param page tokens of a block
   * @param window positions that a token sees, 0 for all
   * @param softcap bound of the scores, 0 for none
   * @param skip sequences at the beginning that are left alone
   * @param sequences those of the batch
   */
  record Plan(
      int headDim,
      int kvHeads,
      int gqa,
      int page,
      int window,
      float softcap,
      int skip,
      List<Sequence> sequences) {
    Plan {
      sequences = List.copyOf(sequences);
    }

    Plan window(int positions) {
      return new Plan(headDim, kvHeads, gqa, page, positions, softcap, skip, sequences);
    }

    Plan softcap(float cap) {
      return new Plan(headDim, kvHeads, gqa, page, window, cap, skip, sequences);
    }

    Plan page(int tokens) {
      return new Plan(headDim, kvHeads, gqa, tokens, window, softcap, skip, sequences);
    }

    Plan skip(int first) {
      return new Plan(headDim, kvHeads, gqa, page, window, softcap, first, sequences);
    }

    int queryHeads() {
      return kvHeads * gqa;
    }
  }

  /**
   * A sequence of a batch.
   *
   * @param context tokens that it has, those of the step included
   * @param tokens its last ones, which the step computes
   */
  record Sequence(int context, int tokens) {}

  private static List<Plan> prefill() {
    return List.of(
        mixed(64, 3, 3, 1, 1, 15, 15, 16, 1, 17, 2, 33, 33, 250, 7),
        mixed(64, 2, 1, 33, 20, 16, 16, 1, 1),
        mixed(64, 1, 4, 50, 20, 32, 1).page(32),
        mixed(64, 1, 8, 19, 19, 65, 1, 48, 16).softcap(9),
        mixed(64, 1, 20, 9, 5, 33, 1),
        mixed(64, 3, 3, 40, 1, 7, 1, 33, 20, 16, 1).skip(2),
        mixed(80, 2, 1, 31, 31, 17, 1),
        mixed(96, 1, 3, 40, 12, 15, 1).window(14),
        mixed(128, 2, 4, 17, 17, 100, 1, 39, 7),
        mixed(128, 2, 4, 39, 7, 100, 1, 20, 20).window(13),
        mixed(128, 2, 4, 21, 1, 90, 70).skip(1),
        mixed(128, 2, 4, 17, 17, 33, 1).window(1),
        mixed(128, 2, 4, 49, 33, 3, 2).window(500),
        mixed(256, 1, 4, 70, 9, 33, 1).window(37).softcap(5));
  }

  private static List<Plan> decode() {
    return List.of(
        singles(64, 3, 3, 1, 15, 16, 17, 33, 250),
        singles(64, 1, 1, 700),
        singles(64, 1, 1, 700, 2, 129),
        singles(64, 1, 4, 50, 333).page(32),
        singles(64, 1, 8, 65, 33).softcap(9),
        singles(64, 1, 20, 40),
        singles(80, 2, 1, 17, 250),
        singles(96, 1, 3, 16, 40).window(14),
        singles(128, 2, 4, 17, 250, 33),
        singles(128, 2, 4, 100, 5, 39).window(13),
        singles(128, 2, 4, 33).window(1),
        singles(128, 2, 4, 700).window(300),
        singles(256, 1, 4, 310, 17).window(200).softcap(5));
  }

  private static Plan mixed(int headDim, int kvHeads, int gqa, int... contextsAndTokens) {
    List<Sequence> sequences = new ArrayList<>();
    for (int i = 0; i < contextsAndTokens.length; i += 2) {
      sequences.add(new Sequence(contextsAndTokens[i], contextsAndTokens[i + 1]));
    }
    return new Plan(headDim, kvHeads, gqa, 16, 0, 0, 0, sequences);
  }

  private static Plan singles(int headDim, int kvHeads, int gqa, int... contexts) {
    List<Sequence> sequences = new ArrayList<>();
    for (int context : contexts) {
      sequences.add(new Sequence(context, 1));
    }
    return new Plan(headDim, kvHeads, gqa, 16, 0, 0, 0, sequences);
  }
}
