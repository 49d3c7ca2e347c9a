package io.quire.testkit.kernel;

import io.quire.testkit.kernel.AttentionCases.Plan;
import io.quire.testkit.kernel.AttentionCases.Sequence;
import io.quire.testkit.kernel.KernelCase.Argument;
import io.quire.testkit.kernel.KernelCase.Expectation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Inputs of one case. Blocks lie in the cache in random order; what no sequence has stored is NaN,
 * and what lies before every window is loud, so that neither may get into an answer. Values at the
 * first and last place of a block are greater than others: leaving one out shows.
 */
final class AttentionCasesBatch {
  /** Sequences from which on a kernel that is made for many computes them, and what it is told. */
  private static final int SOME = 4;

  private static final int FEW = 32;
  private static final int MANY = 256;
  private static final int SPARE = 2;
  private static final double EDGE = 4;
  private static final double LOUD = 50;

  private final ElementType type;
  private final Plan plan;
  private final RandomGenerator random;
  private final int[] slots;
  private final int[][] blocks;
  private final int stride;
  private final int spareBlock;
  private final double[] q;
  private final double[] k;
  private final double[] v;

  AttentionCasesBatch(ElementType type, Plan plan, RandomGenerator random) {
    this.type = type;
    this.plan = plan;
    this.random = random;
    int count = plan.sequences().size();
    int used = 0;
    blocks = new int[count][];
    for (int s = 0; s < count; s++) {
      blocks[s] = new int[Math.ceilDiv(plan.sequences().get(s).context(), plan.page())];
      used += blocks[s].length;
    }
    stride = Arrays.stream(blocks).mapToInt(b -> b.length).max().orElseThrow() + 1;
    slots = Arrays.copyOf(permutation(count + SPARE), count);
    int[] order = permutation(used + SPARE);
    spareBlock = order[used];
    int next = 0;
    for (int[] table : blocks) {
      for (int i = 0; i < table.length; i++) {
        table[i] = order[next++];
      }
    }
    int tokens = plan.sequences().stream().mapToInt(Sequence::tokens).sum();
    q = new double[tokens * plan.queryHeads() * plan.headDim()];
    Arrays.setAll(q, i -> value(1.5));
    k = new double[order.length * plan.page() * plan.kvHeads() * plan.headDim()];
    v = new double[k.length];
    Arrays.fill(k, Double.NaN);
    Arrays.fill(v, Double.NaN);
    for (int s = 0; s < count; s++) {
      store(s, plan.sequences().get(s));
    }
  }

  private void store(int s, Sequence sequence) {
    int seen = plan.window() == 0 ? 0 : sequence.context() - sequence.tokens() - plan.window() + 1;
    for (int t = 0; t < sequence.context(); t++) {
      boolean edge =
          t % plan.page() == 0 || t % plan.page() == plan.page() - 1 || t == sequence.context() - 1;
      double size = t < seen ? LOUD : 1;
      for (int head = 0; head < plan.kvHeads(); head++) {
        int at = cached(s, t, head);
        for (int d = 0; d < plan.headDim(); d++) {
          k[at + d] = value(size);
          v[at + d] = value(edge ? EDGE * size : size);
        }
      }
    }
  }

  private int cached(int s, int t, int head) {
    int place = blocks[s][t / plan.page()] * plan.page() + t % plan.page();
    return (place * plan.kvHeads() + head) * plan.headDim();
  }

  private double value(double size) {
    return type.round(size * random.nextGaussian());
  }

  private int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  KernelCase toCase(String op, String dtype) {
    int count = plan.sequences().size();
    int[] lengths = new int[count];
    int[] starts = new int[count + 1];
    int[] table = new int[(count + SPARE) * stride];
    Arrays.fill(table, spareBlock);
    for (int s = 0; s < count; s++) {
      lengths[s] = plan.sequences().get(s).context();
      starts[s + 1] = starts[s] + plan.sequences().get(s).tokens();
      System.arraycopy(blocks[s], 0, table, slots[s] * stride, blocks[s].length);
    }
    Map<String, MemorySegment> inputs = new LinkedHashMap<>();
    inputs.put("q", type.buffer(q));
    inputs.put("k_cache", type.buffer(k));
    inputs.put("v_cache", type.buffer(v));
    inputs.put("block_table", ints(table));
    inputs.put("seq_slots", ints(slots));
    inputs.put("seq_lens", ints(lengths));
    inputs.put("query_start", ints(starts));
    Map<String, Argument> arguments = new LinkedHashMap<>();
    arguments.put("out", new Argument.Buffer(type.nans(q.length)));
    inputs.forEach((name, contents) -> arguments.put(name, new Argument.Buffer(contents)));
    arguments.put("skip", new Argument.Int(plan.skip()));
    arguments.put("table_stride", new Argument.Int(stride));
    arguments.put("scale", new Argument.Float(scale()));
    arguments.put("softcap", new Argument.Float(plan.softcap()));
    arguments.put("window", new Argument.Int(plan.window()));
    List<Expectation> expectations = new ArrayList<>();
    expectations.add(new Expectation("out", new AttentionCasesAnswer(this).check()));
    inputs.forEach((name, contents) -> expectations.add(unchanged(name, contents)));
    Map<String, Integer> sizes =
        Map.of(
            "tokens",
            starts[count] - starts[plan.skip()],
            "seqs",
            count - plan.skip(),
            "rows",
            count);
    return new KernelCase(op, dtype, name(), shape(op), sizes, arguments, expectations);
  }

  private Map<String, Integer> shape(String op) {
    Map<String, Integer> shape = new LinkedHashMap<>();
    shape.put("HEAD_DIM", plan.headDim());
    shape.put("KV_HEADS", plan.kvHeads());
    shape.put("GQA", plan.gqa());
    shape.put("PAGE", plan.page());
    shape.put("USE_WINDOW", plan.window() > 0 ? 1 : 0);
    shape.put("USE_SOFTCAP", plan.softcap() > 0 ? 1 : 0);
    shape.put("ELEM_FP16", type == ElementType.F16 ? 1 : 0);
    if (op.equals(AttentionCases.DECODE)) {
      shape.put("ROWS", plan.sequences().size() < SOME ? FEW : MANY);
    }
    return shape;
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    name.append(plan.kvHeads()).append('x').append(plan.gqa()).append(" heads of ");
    name.append(plan.headDim()).append(", pages of ").append(plan.page());
    if (plan.window() > 0) {
      name.append(", window ").append(plan.window());
    }
    if (plan.softcap() > 0) {
      name.append(", softcap ").append(plan.softcap());
    }
    if (plan.skip() > 0) {
      name.append(", without the first ").append(plan.skip());
    }
    for (Sequence sequence : plan.sequences()) {
      name.append(", ").append(sequence.tokens()).append(" of ").append(sequence.context());
    }
    return name.toString();
  }

  private static Expectation unchanged(String name, MemorySegment contents) {
    return new Expectation(
        name,
        result -> {
          long at = result.mismatch(contents);
          return at < 0
              ? Optional.empty()
              : Optional.of("an input was written: byte " + at + " is not what it was");
        });
  }

  private static MemorySegment ints(int... values) {
    MemorySegment buffer = Arena.ofAuto().allocate(4L * values.length, 64);
    MemorySegment.copy(MemorySegment.ofArray(values), 0, buffer, 0, 4L * values.length);
    return buffer;
  }

  ElementType type() {
    return type;
  }

  Plan plan() {
    return plan;
  }

  float scale() {
    return (float) (1 / Math.sqrt(plan.headDim()));
  }

  double query(int token, int head, int d) {
    return q[(token * plan.queryHeads() + head) * plan.headDim() + d];
  }

  double key(int s, int t, int head, int d) {
    return k[cached(s, t, head) + d];
  }

  double stored(int s, int t, int head, int d) {
    return v[cached(s, t, head) + d];
  }

  int elements() {
    return q.length;
  }
}
