package io.quire.bench.offline;

import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.command.JsonFile;
import io.quire.bench.command.Option;
import io.quire.bench.command.Options;
import io.quire.bench.command.UsageException;
import io.quire.bench.stats.Lengths;
import io.quire.bench.stats.Samples;
import io.quire.core.engine.EngineOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Throughput of an engine in this process, on the CPU, without HTTP.
 *
 * <p>Timing. Clock: {@link System#nanoTime}. Modes: {@code throughput} submits all requests at once
 * and takes the time to the end of the last; {@code prefill} does the same with one output token
 * each; {@code decode} runs one request alone and takes the time from its first token to its last,
 * as its listener sees them, so that the prompt is outside. Inside the interval: the engine as a
 * server has it, with its two threads, batching, sampling (greedy) and detokenising. Outside:
 * opening the model, preparing the plan, allocating the cache, making the prompts, which are random
 * tokens (of another seed in each repetition, so that no prefix is found again). Warm-up: {@code
 * --warmup} whole repetitions. Repetitions: {@code --repeat}; the median is reported, with the
 * smallest and the largest. Noise: the whole machine's memory bandwidth and cores are in the
 * figure; other work on the machine shows at once.
 */
public final class OfflineBenchmark implements Benchmark {
  private static final List<String> MODES = List.of("throughput", "prefill", "decode");

  /** Makes it. */
  public OfflineBenchmark() {}

  @Override
  public String name() {
    return "offline";
  }

  @Override
  public String about() {
    return "throughput of an engine in this process, without HTTP";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.of("model", "MODEL", "smollm2-135m", "a path, random:SHAPE, or a pulled model"),
        Option.of("mode", "NAME", "throughput", String.join(", ", MODES)),
        Option.of("num-prompts", "N", "32", "requests (decode: always 1)"),
        Option.of("dataset", "NAME", "random", "lengths: random (fixed) or chat (log-normal)"),
        Option.of("input-len", "N", "128", "tokens of a prompt; chat: the longest"),
        Option.of("output-len", "N", "128", "tokens to generate; chat: the most"),
        Option.of("lengths", "FILE", "", "JSON list of [prompt, output] pairs, not --dataset"),
        Option.of("max-num-seqs", "N", "64", "most sequences in a step"),
        Option.of("max-num-batched-tokens", "N", "512", "most tokens in a step"),
        Option.of("threads", "N", "", "that compute; default: one a processor"),
        Option.of("warmup", "N", "1", "repetitions not counted"),
        Option.of("repeat", "N", "3", "repetitions counted"),
        Option.of("seed", "N", "0", "of lengths and prompts"),
        JsonFile.OPTION);
  }

  @Override
  public int run(Options options, Console console) throws IOException, InterruptedException {
    JsonFile json = new JsonFile(options, console);
    String mode = options.word("mode", MODES);
    List<Lengths> lengths = lengths(options, mode);
    int warmUp = options.integer("warmup", 0, 1000);
    int repeat = options.integer("repeat", 1, 1000);
    long seed = options.whole("seed", 0, Integer.MAX_VALUE);
    try (Parts parts = new Parts(location(options.text("model")));
        RunningEngine running = start(parts, options, lengths)) {
      int vocabulary = running.engine().info().vocabularySize();
      json.people().println(parts.description());
      Figures figures = new Figures();
      for (int i = -warmUp; i < repeat; i++) {
        Work work = new Work(lengths, vocabulary, seed * 1_000_003L + warmUp + i);
        Work.Done done = work.run(running.engine());
        if (i >= 0) {
          figures.add(done);
        }
      }
      figures.print(json.people(), mode);
      Map<String, Object> results = new LinkedHashMap<>();
      results.put("benchmark", "offline");
      results.put("mode", mode);
      results.put("model", options.text("model"));
      results.put("num_prompts", lengths.size());
      results.put("seed", seed);
      figures.put(results);
      json.write(results);
      return 0;
    }
  }

  private static String location(String model) {
    String home = System.getProperty("quire.home", "");
    Path folder =
        home.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache", "quire")
            : Path.of(home);
    return Parts.resolve(model, folder);
  }

  private static List<Lengths> lengths(Options options, String mode) throws IOException {
    int count = mode.equals("decode") ? 1 : options.integer("num-prompts", 1, 1_000_000);
    int input = options.integer("input-len", 1, 1_000_000);
    int output = options.integer("output-len", mode.equals("decode") ? 2 : 1, 1_000_000);
    List<Lengths> lengths;
    if (options.has("lengths")) {
      lengths = Lengths.read(Path.of(options.text("lengths")), count);
    } else if (options.word("dataset", List.of("random", "chat")).equals("chat")) {
      lengths = Lengths.chat(count, options.whole("seed", 0, Integer.MAX_VALUE), input, output);
    } else {
      lengths = Lengths.fixed(count, input, output);
    }
    return mode.equals("prefill")
        ? lengths.stream().map(l -> new Lengths(l.prompt(), 1)).toList()
        : lengths;
  }

  private static RunningEngine start(Parts parts, Options options, List<Lengths> lengths) {
    int longest = lengths.stream().mapToInt(l -> l.prompt() + l.output()).max().orElseThrow();
    if (longest > parts.maxPositions()) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "the longest request has %d tokens; the model's context holds %d",
              longest,
              parts.maxPositions()));
    }
    EngineOptions usual =
        EngineOptions.of(
            longest,
            options.integer("max-num-seqs", 1, 100_000),
            options.integer("max-num-batched-tokens", 1, 1_000_000));
    EngineOptions engine =
        new EngineOptions(
            longest,
            usual.maxSequences(),
            usual.maxTokens(),
            usual.blockTokens(),
            usual.maxLogprobs(),
            lengths.size() + 1,
            usual.prefixSharing(),
            usual.cacheSalt(),
            Duration.ofMinutes(10),
            usual.deviceWait(),
            usual.asynchronous());
    long blocksOfOne = longest / engine.blockTokens() + 2L;
    long blocks = blocksOfOne * Math.min(lengths.size(), engine.maxSequences());
    int threads =
        options.has("threads")
            ? options.integer("threads", 1, 1024)
            : Runtime.getRuntime().availableProcessors();
    return parts.start(engine, threads, blocks);
  }

  /** The repetitions' figures. */
  private static final class Figures {
    private final Samples promptRate = new Samples();
    private final Samples outputRate = new Samples();
    private final Samples decodeRate = new Samples();
    private final Samples firstMillis = new Samples();

    void add(Work.Done done) {
      promptRate.add(done.promptTokens() / done.seconds());
      outputRate.add(done.outputTokens() / done.seconds());
      firstMillis.add(done.firstSeconds() * 1e3);
      if (done.decodeSeconds() > 0) {
        decodeRate.add((done.outputTokens() - 1) / done.decodeSeconds());
      }
    }

    void print(PrintStream out, String mode) {
      switch (mode) {
        case "prefill" -> line(out, "Prefill (prompt tok/s)", promptRate);
        case "decode" -> {
          line(out, "Single-stream decode (tok/s)", decodeRate);
          line(out, "First token (ms)", firstMillis);
        }
        default -> {
          line(out, "Prompt (tok/s)", promptRate);
          line(out, "Output (tok/s)", outputRate);
        }
      }
    }

    private static void line(PrintStream out, String name, Samples samples) {
      out.println(
          String.format(
              Locale.ROOT,
              "%-32s median %9.2f   least %9.2f   most %9.2f   (%d repetitions)",
              name,
              samples.median(),
              samples.percentile(0),
              samples.percentile(100),
              samples.count()));
    }

    void put(Map<String, Object> results) {
      results.put("repetitions", promptRate.count());
      boolean one = results.get("mode").equals("decode");
      results.put("prompt_tok_s", promptRate.median());
      results.put("output_tok_s", outputRate.median());
      if (one) {
        results.put("decode_tok_s", decodeRate.median());
        results.put("first_token_ms", firstMillis.median());
      }
    }
  }
}
