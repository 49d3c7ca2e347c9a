package io.quire.gpu.plan;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What kernels compute, with a row of values being one whole number, in which everything that the
 * row depends on leaves its mark: tokens, positions, blocks, the kernel that was chosen. Tables,
 * cache and counts are what they are on a device.
 */
final class FakeArithmetic implements FakeDriver.Meaning {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final Set<String> KEPT =
      Set.of("block_table", "k_cache", "v_cache", "token_counts", "params");

  /** Memory that outlives a step, by the name of the argument, in the order it was met. */
  final Map<String, Set<MemorySegment>> kept = new LinkedHashMap<>();

  @Override
  public void run(FakeLaunch launch) {
    for (String name : FakeKernels.arguments(launch.entry())) {
      if (KEPT.contains(name)) {
        kept.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(launch.buffer(name));
      }
    }
    switch (launch.entry()) {
      case "tokens.resolve" -> resolve(launch);
      case "table.update" -> update(launch);
      case "rope.cache" -> store(launch);
      case "attention.prefill", "attention.decode" -> attend(launch);
      case "sample.assign" -> assign(launch);
      case "sample" -> sample(launch);
      case "linear.triple" -> triple(launch);
      default -> rows(launch);
    }
  }

  private static int mix(int... values) {
    int mixed = 17;
    for (int value : values) {
      mixed = (mixed ^ value) * 0x9e3779b1;
      mixed ^= mixed >>> 15;
    }
    return mixed;
  }

  private static int get(MemorySegment memory, long index) {
    return memory.get(INT, 4 * index);
  }

  private static void resolve(FakeLaunch launch) {
    MemorySegment ids = launch.buffer("ids");
    for (int t = 0; t < launch.number("tokens"); t++) {
      int id = get(ids, t);
      if (id < 0) {
        ids.set(INT, 4L * t, get(launch.buffer("sampled"), -(id + 1)));
      }
    }
  }

  private static void update(FakeLaunch launch) {
    MemorySegment updates = launch.buffer("updates");
    for (int u = 0; u < launch.number("n"); u++) {
      long at =
          (long) get(updates, 3 * u) * launch.number("table_stride") + get(updates, 3 * u + 1);
      launch.buffer("block_table").set(INT, 4 * at, get(updates, 3 * u + 2));
    }
  }

  /** Operations that make a row of one or two others. */
  private static void rows(FakeLaunch launch) {
    String entry = launch.entry();
    boolean product = entry.startsWith("linear");
    int width = launch.macro(product ? "N" : "WIDTH");
    long out = product && launch.macros().getOrDefault("OUT_F32", "0").equals("1") ? 4 : 2;
    int kernel = mix(entry.hashCode(), Integer.parseInt(launch.macros().getOrDefault("ROWS", "0")));
    int count = launch.number(entry.equals("embed") ? "tokens" : "rows");
    for (int r = 0; r < count; r++) {
      int value =
          switch (entry) {
            case "embed" -> mix(kernel, get(launch.buffer("ids"), r));
            case "activation.gated" ->
                mix(kernel, row(launch, "gate", width, r), row(launch, "up", width, r));
            case "rows.take" -> row(launch, "in", width, get(launch.buffer("row_tokens"), r));
            case "norm.rms" -> mix(kernel, row(launch, "in", width, r));
            default -> {
              boolean sum = launch.macros().getOrDefault("HAS_RESIDUAL", "0").equals("1");
              int residual = sum ? row(launch, "residual", width, r) : 0;
              yield mix(kernel, width, row(launch, "in", launch.macro("K"), r), residual);
            }
          };
      launch.buffer("out").set(INT, out * width * r, value);
    }
  }

  private static void triple(FakeLaunch launch) {
    int kernel = mix(launch.entry().hashCode(), launch.macro("ROWS"));
    for (int i = 0; i < 3; i++) {
      int width = launch.macro("N" + i);
      for (int r = 0; r < launch.number("rows"); r++) {
        int value = mix(kernel, i, width, row(launch, "in", launch.macro("K"), r));
        launch.buffer("out" + i).set(INT, 2L * width * r, value);
      }
    }
  }

  private static int row(FakeLaunch launch, String name, int width, int row) {
    return launch.buffer(name).get(INT, 2L * width * row);
  }

  private static void store(FakeLaunch launch) {
    long narrow = 2L * launch.macro("KV_HEADS") * launch.macro("HEAD_DIM");
    long wide = 2L * launch.macro("HEADS") * launch.macro("HEAD_DIM");
    for (int t = 0; t < launch.number("tokens"); t++) {
      int position = get(launch.buffer("positions"), t);
      long slot = get(launch.buffer("cache_slots"), t);
      int key = launch.buffer("k").get(INT, narrow * t);
      launch.buffer("k_cache").set(INT, narrow * slot, mix(key, position));
      launch.buffer("v_cache").set(INT, narrow * slot, launch.buffer("v").get(INT, narrow * t));
      MemorySegment q = launch.buffer("q");
      q.set(INT, wide * t, mix(q.get(INT, wide * t), position));
    }
  }

  private static void attend(FakeLaunch launch) {
    boolean singles = launch.entry().equals("attention.decode");
    int skip = singles ? 0 : launch.number("skip");
    for (int s = skip; s < skip + launch.number("seqs"); s++) {
      int first = singles ? s : get(launch.buffer("query_start"), s);
      int end = singles ? s + 1 : get(launch.buffer("query_start"), s + 1);
      int context = get(launch.buffer("seq_lens"), s) - (end - first);
      for (int t = first; t < end; t++) {
        attend(launch, s, t, ++context);
      }
    }
  }

  private static void attend(FakeLaunch launch, int sequence, int token, int context) {
    int page = launch.macro("PAGE");
    long narrow = 2L * launch.macro("KV_HEADS") * launch.macro("HEAD_DIM");
    long wide = narrow * launch.macro("GQA");
    long table = (long) get(launch.buffer("seq_slots"), sequence) * launch.number("table_stride");
    int value = launch.buffer("q").get(INT, wide * token);
    for (int p = 0; p < context; p++) {
      long block = get(launch.buffer("block_table"), table + p / page);
      long at = narrow * (block * page + p % page);
      value =
          mix(value, launch.buffer("k_cache").get(INT, at), launch.buffer("v_cache").get(INT, at));
    }
    launch.buffer("out").set(INT, wide * token, value);
  }

  private static void assign(FakeLaunch launch) {
    long bytes = 2L * launch.macro("VOCAB");
    MemorySegment counts =
        launch.buffer("token_counts").asSlice(bytes * launch.number("slot"), bytes);
    counts.fill((byte) 0);
    for (int i = 0; i < launch.number("n"); i++) {
      long at = 2L * get(launch.buffer("ids"), i);
      int count = counts.get(SHORT, at);
      int next = i < launch.number("prompt_length") ? count | 0x8000 : count + 1;
      counts.set(SHORT, at, (short) next);
    }
  }

  private static void sample(FakeLaunch launch) {
    int vocabulary = launch.macro("VOCAB");
    for (int r = 0; r < launch.number("rows"); r++) {
      int slot = get(launch.buffer("row_slots"), r);
      int target = get(launch.buffer("row_targets"), r);
      MemorySegment params = launch.buffer("params").asSlice(64L * slot, 64);
      MemorySegment counts =
          launch.buffer("token_counts").asSlice(2L * vocabulary * slot, 2L * vocabulary);
      int mixed = mix(get(launch.buffer("logits"), (long) vocabulary * r), get(params, 7));
      mixed = mix(mixed, get(params, 0), get(launch.buffer("row_positions"), r));
      mixed = mix(mixed, get(launch.buffer("row_outputs"), r));
      boolean counted = get(params, 13) != 0;
      for (int id = 0; counted && id < vocabulary; id++) {
        mixed = mix(mixed, counts.get(SHORT, 2L * id));
      }
      int token = target < 0 ? Math.floorMod(mixed, vocabulary) : target;
      if (counted && target < 0) {
        counts.set(SHORT, 2L * token, (short) (counts.get(SHORT, 2L * token) + 1));
      }
      results(launch, r, token, get(params, 9));
    }
  }

  private static void results(FakeLaunch launch, int row, int token, int wanted) {
    int most = launch.macro("MAX_LOGPROBS");
    int top = Math.clamp(wanted, 0, most);
    launch.buffer("sampled").set(INT, 4L * row, token);
    launch.buffer("invalid").set(INT, 4L * row, 0);
    launch.buffer("top_counts").set(INT, 4L * row, top);
    if (wanted >= 0) {
      launch.buffer("logprobs").set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row, -token);
    }
    for (int i = 0; i < top; i++) {
      long at = 4L * ((long) row * most + i);
      launch.buffer("top_tokens").set(INT, at, token + i);
      launch.buffer("top_logprobs").set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, -i);
    }
  }
}
