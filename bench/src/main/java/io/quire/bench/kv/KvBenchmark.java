package io.quire.bench.kv;

import io.quire.api.cache.CacheOptions;
import io.quire.api.cache.CacheStats;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.command.JsonFile;
import io.quire.bench.command.Option;
import io.quire.bench.command.Options;
import io.quire.bench.command.UsageException;
import io.quire.bench.stats.Lengths;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.schedule.FcfsScheduler;
import io.quire.core.schedule.PriorityScheduler;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a scheduler and a paged block manager make of a chat-like trace: waste, prefix hits,
 * preemptions, use of the pool. No device, no engine, no time: a step is the unit.
 *
 * <p>Method. A seeded trace of conversations (Poisson arrivals, shared system prompts, turns that
 * see the whole history, log-normal lengths; or with {@code --lengths} single requests of these) is
 * replayed: schedule, mark what the step writes, hand out the next tokens, release what has ended.
 * {@link SlotLedger} watches the block manager from outside. Waste is, over all allocations at
 * their release, the slots that never held a token over the slots allocated; a block shared by many
 * counts once. It has no clock, no warm-up and no noise: equal options give equal figures on every
 * machine. The comparison is computed from the same requests of the same run: every request gets
 * the longest sequence's slots in one piece, as allocators without paging do, and uses what it held
 * at its end.
 */
public final class KvBenchmark implements Benchmark {
  private static final double DEFAULT_GOAL = 2.5;

  /** Makes it. */
  public KvBenchmark() {}

  @Override
  public String name() {
    return "kv";
  }

  @Override
  public String about() {
    return "KV cache waste, prefix hits and preemptions on a chat-like trace, without a device";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.of("conversations", "N", "400", "conversations in all"),
        Option.of("concurrency", "N", "64", "most conversations open at once"),
        Option.of("turns", "N", "4", "mean turns of a conversation"),
        Option.of("system-prompts", "N", "8", "system prompts that they share"),
        Option.of("gap", "STEPS", "20", "mean steps between two arrivals"),
        Option.of("think", "STEPS", "200", "mean steps between an answer and the next message"),
        Option.of(
            "lengths",
            "FILE",
            "",
            "JSON list of [prompt, output] pairs: a conversation of one turn of each, instead"),
        Option.of("blocks", "N", "32768", "blocks of the pool"),
        Option.of("block-size", "N", "16", "tokens of a block"),
        Option.of("max-model-len", "N", "4096", "longest sequence"),
        Option.of("max-num-seqs", "N", "256", "most sequences in a step"),
        Option.of("max-num-batched-tokens", "N", "2048", "most tokens in a step"),
        Option.of("policy", "NAME", "fcfs", "fcfs or priority"),
        Option.flag("no-prefix-caching", "compute every prompt whole"),
        Option.of("seed", "N", "0", "of the trace"),
        Option.of("goal", "PERCENT", String.valueOf(DEFAULT_GOAL), "exit 1 if more is wasted"),
        JsonFile.OPTION);
  }

  @Override
  public int run(Options options, Console console) throws IOException {
    JsonFile json = new JsonFile(options, console);
    CacheOptions cache = cache(options);
    SchedulerLimits limits =
        new SchedulerLimits(
            options.integer("max-num-batched-tokens", 1, 1_000_000),
            options.integer("max-num-seqs", 1, 1_000_000));
    TraceOptions trace = trace(options, cache);
    double goal = options.number("goal", 0, 100);
    SlotLedger ledger = new SlotLedger(new PagedBlockManager());
    Replay replay =
        new Replay(
            conversations(options, trace),
            options.integer("concurrency", 1, 1_000_000),
            scheduler(options),
            ledger,
            limits,
            cache);
    Map<String, Object> results = results(replay.run(), ledger, trace.mostTokens());
    results.put("policy", options.text("policy"));
    results.put("seed", trace.seed());
    print(json.people(), results);
    json.write(results);
    double waste = (double) results.get("waste_percent");
    if (waste > goal) {
      console
          .err()
          .println(
              String.format(
                  Locale.ROOT, "waste of %.2f %% is above the goal of %.2f %%", waste, goal));
      return 1;
    }
    return 0;
  }

  private static List<Conversation> conversations(Options options, TraceOptions trace)
      throws IOException {
    return options.has("lengths")
        ? ChatTrace.of(Lengths.read(Path.of(options.text("lengths"))), trace)
        : ChatTrace.make(trace);
  }

  private static CacheOptions cache(Options options) {
    return new CacheOptions(
        options.integer("blocks", 1, 10_000_000),
        options.integer("block-size", 1, 4096),
        !options.has("no-prefix-caching"),
        "");
  }

  private static TraceOptions trace(Options options, CacheOptions cache) {
    int most = options.integer("max-model-len", 8, 1_000_000);
    long pool = (long) cache.blocks() * cache.blockTokens();
    if (pool < most) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "a pool of %d tokens cannot hold a sequence of %d; raise --blocks or lower --max-model-len",
              pool,
              most));
    }
    return new TraceOptions(
        options.integer("conversations", 1, 1_000_000),
        options.integer("turns", 1, 1000),
        options.integer("system-prompts", 1, 10_000),
        most,
        options.number("gap", 0, 1e9),
        options.number("think", 0, 1e9),
        options.whole("seed", 0, Long.MAX_VALUE));
  }

  private static Scheduler scheduler(Options options) {
    return options.word("policy", List.of("fcfs", "priority")).equals("fcfs")
        ? new FcfsScheduler()
        : new PriorityScheduler();
  }

  private static Map<String, Object> results(ReplayCounts counts, SlotLedger ledger, int most) {
    CacheStats stats = ledger.stats();
    Map<String, Object> results = new LinkedHashMap<>();
    results.put("benchmark", "kv");
    results.put("requests", counts.requests);
    results.put("steps", counts.steps);
    results.put("computed_tokens", counts.computedTokens);
    results.put("slots_allocated", ledger.allocatedSlots());
    results.put("slots_never_used", ledger.allocatedSlots() - ledger.usedSlots());
    results.put("waste_percent", 100 * (1 - (double) ledger.usedSlots() / ledger.allocatedSlots()));
    results.put("empty_now_percent", 100 * counts.emptyShare());
    results.put("contiguous_waste_percent", 100 * counts.contiguousWaste(most));
    results.put("contiguous_sequences", (long) stats.blocks() * stats.blockTokens() / (long) most);
    results.put("peak_sequences", counts.peakRunning);
    results.put("prefix_hit_percent", 100.0 * stats.hitTokens() / stats.queriedTokens());
    results.put("preemptions", counts.preemptions);
    results.put("evictions", stats.evictions());
    results.put("copies", counts.copies);
    results.put("peak_usage_percent", 100 * counts.peakUsage);
    results.put("mean_usage_percent", 100 * counts.meanUsage());
    results.put("blocks", stats.blocks());
    results.put("block_size", stats.blockTokens());
    results.put("max_model_len", most);
    return results;
  }

  private static void print(PrintStream out, Map<String, Object> results) {
    line(out, "Requests", results.get("requests"));
    line(out, "Steps", results.get("steps"));
    line(out, "Tokens computed", results.get("computed_tokens"));
    line(out, "Waste: slots that never held a token (%)", results.get("waste_percent"));
    line(out, "  contiguous, max-model-len reserved (%)", results.get("contiguous_waste_percent"));
    line(out, "Empty slots at a time, mean (%)", results.get("empty_now_percent"));
    line(out, "Prefix hits (% of tokens looked up)", results.get("prefix_hit_percent"));
    line(out, "Preemptions", results.get("preemptions"));
    line(out, "Evictions of cached blocks", results.get("evictions"));
    line(out, "Pool in use, peak (%)", results.get("peak_usage_percent"));
    line(out, "Pool in use, mean (%)", results.get("mean_usage_percent"));
    line(out, "Sequences in a step, peak", results.get("peak_sequences"));
    line(out, "  contiguous: most that fit the pool", results.get("contiguous_sequences"));
  }

  private static void line(PrintStream out, String name, Object value) {
    String text =
        value instanceof Double d ? String.format(Locale.ROOT, "%.2f", d) : String.valueOf(value);
    out.println(String.format(Locale.ROOT, "%-44s %10s", name, text));
  }
}
