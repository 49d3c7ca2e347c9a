package io.quire.gpu.tune;

import io.quire.gpu.tune.Contents.Format;
import java.util.Map;
import java.util.Optional;

/**
 * A workload for every operation of {@code docs/kernels.md}. Prompts have at most {@value
 * #PROMPT_TOKENS} tokens each; every decoded token has the given context.
 */
final class Workloads {
  private static final int PROMPT_TOKENS = 512;
  private static final int TABLE_STRIDE = 64;
  private static final float EPSILON = 1e-5f;

  private Workloads() {}

  /**
   * Makes one.
   *
   * @param op the operation
   * @param dtype what the registry was asked for
   * @param shape its compile-time numbers
   * @param rows tokens, sequences, rows or entries of a launch
   * @param context tokens before a decoded one, it included
   * @return the workload; empty if the operation is unknown
   * @throws io.quire.api.device.DeviceException if the shape lacks a number
   */
  static Optional<Workload> of(
      String op, String dtype, Map<String, Integer> shape, int rows, int context) {
    WorkloadMaker maker = new WorkloadMaker(shape, dtype).size("rows", rows).size("tokens", rows);
    return switch (op) {
      case "tokens.resolve", "table.update" -> Optional.of(bookkeeping(op, maker, rows));
      case "embed" -> Optional.of(embed(maker, dtype, rows));
      case "norm.rms" -> Optional.of(norm(maker, rows));
      case "rope.cache" -> Optional.of(rope(maker, rows));
      case "attention.prefill" -> Optional.of(prefill(maker, rows));
      case "attention.decode" -> Optional.of(decode(maker, rows, context));
      case "linear.tile", "linear.skinny" -> Optional.of(linear(maker, dtype, rows));
      case "linear.gated" -> Optional.of(gated(maker, dtype, rows));
      case "linear.triple" -> Optional.of(triple(maker, dtype, rows));
      case "activation.gated" -> Optional.of(elementwise(maker, rows, "gate", "up"));
      case "add", "mul" -> Optional.of(elementwise(maker, rows, "a", "b"));
      case "activation" -> Optional.of(elementwise(maker, rows, "in"));
      case "scale" -> Optional.of(elementwise(maker.single("factor", 0.5f), rows, "in"));
      case "bias" ->
          Optional.of(elementwise(maker.singles("bias", maker.number("WIDTH")), rows, "in"));
      case "softcap" -> Optional.of(softcap(maker, rows));
      case "rows.take" -> Optional.of(take(maker, rows));
      case "sample.assign" -> Optional.of(SamplingWorkloads.assign(maker, rows));
      case "sample" -> Optional.of(SamplingWorkloads.sample(maker, rows));
      default -> Optional.empty();
    };
  }

  private static Workload bookkeeping(String op, WorkloadMaker maker, int rows) {
    long bytes = (long) rows * Integer.BYTES;
    if (op.equals("tokens.resolve")) {
      return maker
          .memory("ids", bytes, Contents.ints(i -> -(i + 1)))
          .memory("sampled", bytes, Contents.ints(i -> i * 7))
          .result("ids", Format.EXACT)
          .traffic(3 * bytes)
          .make();
    }
    return maker
        .size("n", rows)
        .whole("n", rows)
        .whole("table_stride", TABLE_STRIDE)
        .memory("block_table", bytes * TABLE_STRIDE, Contents.zeros())
        .memory("updates", 3 * bytes, Contents.ints(i -> i % 3 == 1 ? i % TABLE_STRIDE : i / 3))
        .result("block_table", Format.EXACT)
        .traffic(4 * bytes)
        .make();
  }

  private static Workload embed(WorkloadMaker maker, String dtype, int rows) {
    int width = maker.number("WIDTH");
    int vocab = maker.number("VOCAB");
    return maker
        .output("out", (long) rows * width)
        .memory("ids", (long) rows * Integer.BYTES, ids(vocab))
        .weights("table", dtype, vocab, width, rows)
        .single("scale", 1)
        .make();
  }

  private static Contents.Content ids(int vocab) {
    return (target, random) -> Contents.ints(i -> random.nextInt(vocab)).fill(target, random);
  }

  private static Workload norm(WorkloadMaker maker, int rows) {
    int width = maker.number("WIDTH");
    long count = (long) rows * width;
    maker
        .output("out", count)
        .input("in", count)
        .singles("weight", width)
        .single("epsilon", EPSILON);
    if (maker.has("HAS_ADD")) {
      maker.input("add", count).output("sum", count);
    }
    return maker.make();
  }

  private static Workload rope(WorkloadMaker maker, int rows) {
    long head = maker.number("HEAD_DIM");
    long values = rows * maker.number("KV_HEADS") * head;
    int rotary = maker.number("ROTARY");
    int page = maker.number("PAGE");
    long cache = Math.ceilDiv(rows, page) * page * maker.number("KV_HEADS") * head;
    long angles = Math.max(1, rotary / 2);
    return maker
        .input("q", rows * maker.number("HEADS") * head)
        .input("k", values)
        .input("v", values)
        .output("k_cache", cache)
        .output("v_cache", cache)
        .memory("positions", (long) rows * Integer.BYTES, Contents.ints(i -> i))
        .memory("cache_slots", (long) rows * Integer.BYTES, Contents.ints(i -> i))
        .memory("angles", angles * Float.BYTES, Contents.singles(0.0001f, 1))
        .single("magnitude", 1)
        .result("q", maker.element)
        .traffic(rows * maker.number("HEADS") * head * maker.element.bytes())
        .make();
  }

  private static Workload prefill(WorkloadMaker maker, int tokens) {
    int seqs = Math.ceilDiv(tokens, PROMPT_TOKENS);
    int each = Math.ceilDiv(tokens, seqs);
    int last = tokens - each * (seqs - 1);
    attention(maker, tokens, seqs, each);
    maker
        .memory(
            "seq_lens", (long) seqs * Integer.BYTES, Contents.ints(s -> s + 1 < seqs ? each : last))
        .memory(
            "query_start",
            (long) (seqs + 1) * Integer.BYTES,
            Contents.ints(s -> Math.min(s * each, tokens)))
        .whole("skip", 0);
    long pairs = (seqs - 1) * pairs(each) + pairs(last);
    long heads = (long) maker.number("KV_HEADS") * maker.number("GQA");
    long kv = 2L * tokens * maker.number("KV_HEADS") * maker.number("HEAD_DIM");
    return maker
        .traffic(kv * maker.element.bytes())
        .operations(4 * heads * maker.number("HEAD_DIM") * pairs)
        .make();
  }

  private static long pairs(long tokens) {
    return tokens * (tokens + 1) / 2;
  }

  private static Workload decode(WorkloadMaker maker, int seqs, int context) {
    attention(maker, seqs, seqs, context);
    long heads = (long) maker.number("KV_HEADS") * maker.number("GQA");
    long kv = 2L * seqs * context * maker.number("KV_HEADS") * maker.number("HEAD_DIM");
    return maker
        .memory("seq_lens", (long) seqs * Integer.BYTES, Contents.ints(s -> context))
        .traffic(kv * maker.element.bytes())
        .operations(4 * heads * maker.number("HEAD_DIM") * seqs * context)
        .make();
  }

  private static void attention(WorkloadMaker maker, int tokens, int seqs, int context) {
    long head = maker.number("HEAD_DIM");
    int page = maker.number("PAGE");
    int pages = Math.ceilDiv(context, page);
    long queries = tokens * (long) maker.number("KV_HEADS") * maker.number("GQA") * head;
    long cache =
        (long) seqs * pages * page * maker.number("KV_HEADS") * head * maker.element.bytes();
    maker
        .size("seqs", seqs)
        .output("out", queries)
        .input("q", queries)
        .memory("k_cache", cache, Contents.elements(maker.element))
        .memory("v_cache", cache, Contents.elements(maker.element))
        .memory("block_table", (long) seqs * pages * Integer.BYTES, Contents.shuffled())
        .memory("seq_slots", (long) seqs * Integer.BYTES, Contents.ints(s -> s))
        .whole("table_stride", pages)
        .single("scale", (float) (1 / Math.sqrt(head)))
        .single("softcap", 30)
        .whole("window", Math.max(1, context / 2));
  }

  private static Workload linear(WorkloadMaker maker, String dtype, int rows) {
    int n = maker.number("N");
    int k = maker.number("K");
    maker
        .output("out", (long) rows * n, maker.has("OUT_F32") ? Format.F32 : maker.element)
        .input("in", (long) rows * k)
        .weights("weight", dtype, n, k, n);
    if (maker.has("HAS_BIAS")) {
      maker.singles("bias", n);
    }
    if (maker.has("HAS_RESIDUAL")) {
      maker.input("residual", (long) rows * n);
    }
    return maker.operations(2L * rows * n * k).make();
  }

  private static Workload gated(WorkloadMaker maker, String dtype, int rows) {
    int n = maker.number("N");
    int k = maker.number("K");
    return maker
        .output("out", (long) rows * n)
        .input("in", (long) rows * k)
        .weights("gate", dtype, n, k, n)
        .weights("up", dtype, n, k, n)
        .operations(4L * rows * n * k)
        .make();
  }

  private static Workload triple(WorkloadMaker maker, String dtype, int rows) {
    int k = maker.number("K");
    maker.input("in", (long) rows * k);
    long columns = 0;
    for (int i = 0; i < 3; i++) {
      int n = maker.number("N" + i);
      maker.output("out" + i, (long) rows * n).weights("weight" + i, dtype, n, k, n);
      columns += n;
    }
    return maker.operations(2L * rows * columns * k).make();
  }

  private static Workload elementwise(WorkloadMaker maker, int rows, String... inputs) {
    long count = (long) rows * maker.number("WIDTH");
    maker.output("out", count);
    for (String input : inputs) {
      maker.input(input, count);
    }
    return maker.make();
  }

  private static Workload softcap(WorkloadMaker maker, int rows) {
    maker.single("cap", 30);
    if (!maker.has("VALUE_F32")) {
      return elementwise(maker, rows, "in");
    }
    long count = (long) rows * maker.number("WIDTH");
    return maker.output("out", count, Format.F32).singles("in", count).make();
  }

  private static Workload take(WorkloadMaker maker, int rows) {
    long count = (long) rows * maker.number("WIDTH");
    return maker
        .output("out", count)
        .input("in", count)
        .memory("row_tokens", (long) rows * Integer.BYTES, Contents.shuffled())
        .make();
  }
}
