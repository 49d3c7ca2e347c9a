package io.quire.bench.serve;

import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.command.JsonFile;
import io.quire.bench.command.Option;
import io.quire.bench.command.Options;
import io.quire.bench.command.UsageException;
import io.quire.bench.stats.Lengths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Load on an OpenAI-compatible server over HTTP, with the figures of {@code vllm bench serve}.
 *
 * <p>Timing. Clock: {@link System#nanoTime} of this process, read when a request is about to be
 * sent and as soon as an event's closing line has been read. Warm-up: {@code --num-warmups} other
 * requests, sent as the load is, not counted: they open connections and compile this client; the
 * server is to be warm by the caller's means (repeat the command). Repetitions: every request once;
 * the samples are all requests of the run. Inside the interval: the connection (kept alive from the
 * second request on), HTTP, the server, and this client's parsing of events, some microseconds
 * each; building prompts is outside. TTFT is from sending to the first event with text, or with
 * {@code --prompt-ids} with tokens; ITL the gap between successive such events (a server that sends
 * several tokens in an event shows longer gaps: compare generated tokens with {@code itl_count});
 * TPOT is, per request, from first text to the last event over its tokens less one; E2EL to the
 * last event with a choice. With {@code --max-concurrency} a request's time starts when it is sent,
 * not when it would have arrived. Tokens are the server's own {@code usage}. Noise: client and
 * server on one machine share its cores; compare runs of the same machine only, and more than one.
 */
public final class ServeBenchmark implements Benchmark {
  private static final List<String> ENDPOINTS = List.of(Target.COMPLETIONS, Target.CHAT);

  /** Makes it. */
  public ServeBenchmark() {}

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public String about() {
    return "load on an OpenAI-compatible server over HTTP: throughput and latencies";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.of("base-url", "URL", "", "the server; instead of --host and --port"),
        Option.of("host", "NAME", "127.0.0.1", "the server's host"),
        Option.of("port", "N", "8000", "the server's port"),
        Option.of("endpoint", "PATH", Target.COMPLETIONS, "or " + Target.CHAT),
        Option.of("model", "NAME", "", "the model's name; default: the first the server lists"),
        Option.of("api-key-file", "FILE", "", "its first line is sent as the API key"),
        Option.of("num-prompts", "N", "100", "requests"),
        Option.of("num-warmups", "N", "1", "requests sent before, at most all, not counted"),
        Option.of("request-rate", "R", "inf", "mean requests a second (Poisson); inf: at once"),
        Option.of("max-concurrency", "N", "", "most requests under way; default: no limit"),
        Option.of("dataset", "NAME", "random", "lengths: random (fixed) or chat (log-normal)")
            .orAs("dataset-name"),
        Option.of("random-input-len", "N", "128", "words of a prompt, about one token each"),
        Option.of("random-output-len", "N", "128", "tokens to generate"),
        Option.of("max-input-len", "N", "1024", "longest prompt of --dataset chat"),
        Option.of("max-output-len", "N", "1024", "longest output of --dataset chat"),
        Option.of("lengths", "FILE", "", "JSON list of [prompt, output] pairs, not --dataset"),
        Option.of(
            "prompt-ids", "N", "", "prompts are lists of ids below N, exactly as long as asked"),
        Option.of("seed", "N", "0", "of prompts, lengths and arrivals"),
        Option.flag("ignore-eos", "every answer is as long as asked for"),
        Option.of("temperature", "T", "0", "of sampling; 0: greedy"),
        Option.of("percentiles", "P,P", "99", "percentiles reported").orAs("metric-percentiles"),
        Option.of("request-timeout", "S", "600", "seconds after which an answer has failed"),
        JsonFile.OPTION);
  }

  @Override
  public int run(Options options, Console console) throws IOException, InterruptedException {
    JsonFile json = new JsonFile(options, console);
    List<Lengths> lengths = lengths(options);
    long seed = options.whole("seed", 0, Integer.MAX_VALUE);
    double[] percentiles = options.numbers("percentiles", 0, 100);
    double rate = options.number("request-rate", 1e-3, Double.POSITIVE_INFINITY);
    int concurrency = concurrency(options);
    int warmups = options.integer("num-warmups", 0, 100_000);
    Target target = target(options);
    try (OpenAiClient client = new OpenAiClient(target)) {
      LoadOptions load = new LoadOptions(rate, concurrency, seed);
      List<Lengths> first = lengths.subList(0, Math.min(warmups, lengths.size()));
      warmUp(new LoadRun(client, prompts(options, seed + 7919), load, outcome -> {}), first);
      Progress progress = new Progress(console, lengths.size());
      LoadRun run = new LoadRun(client, prompts(options, seed), load, progress::add);
      ServeReport report = new ServeReport(run.run(lengths), percentiles);
      progress.end();
      report.print(json.people());
      json.write(results(target, options, report));
      if (report.failed() > 0) {
        console.err().println(report.failed() + " failed; the first: " + report.firstError());
      }
      return report.failed() > 0 ? 1 : 0;
    }
  }

  private static void warmUp(LoadRun run, List<Lengths> lengths)
      throws IOException, InterruptedException {
    for (Outcome outcome : run.run(lengths).outcomes()) {
      if (outcome instanceof Outcome.Failed failed) {
        throw new IOException("a warm-up request failed, nothing was measured: " + failed.reason());
      }
    }
  }

  private static List<Lengths> lengths(Options options) throws IOException {
    int count = options.integer("num-prompts", 1, 10_000_000);
    if (options.has("lengths")) {
      return Lengths.read(Path.of(options.text("lengths")), count);
    }
    if (options.word("dataset", List.of("random", "chat")).equals("chat")) {
      return Lengths.chat(
          count,
          options.whole("seed", 0, Integer.MAX_VALUE),
          options.integer("max-input-len", 1, 1_000_000),
          options.integer("max-output-len", 1, 1_000_000));
    }
    return Lengths.fixed(
        count,
        options.integer("random-input-len", 1, 1_000_000),
        options.integer("random-output-len", 1, 1_000_000));
  }

  private static Prompts prompts(Options options, long seed) {
    if (!options.has("prompt-ids")) {
      return new PromptText(seed);
    }
    if (options.text("endpoint").equals(Target.CHAT)) {
      throw new UsageException("--prompt-ids are for " + Target.COMPLETIONS + ", a chat has texts");
    }
    return new PromptIds(seed, options.integer("prompt-ids", 4, Integer.MAX_VALUE));
  }

  private static int concurrency(Options options) {
    return options.has("max-concurrency")
        ? options.integer("max-concurrency", 1, 1_000_000)
        : Integer.MAX_VALUE;
  }

  private static Target target(Options options) throws IOException, InterruptedException {
    String base = options.text("base-url");
    if (base.isEmpty()) {
      base = "http://" + options.text("host") + ":" + options.integer("port", 1, 65_535);
    }
    if (!base.matches("https?://[^\\s/?#]+[^\\s?#]*")) {
      throw new UsageException(base + " is not the address of a server, http://HOST:PORT");
    }
    Target target =
        new Target(
            base,
            options.word("endpoint", ENDPOINTS),
            options.text("model"),
            apiKey(options.text("api-key-file")),
            options.has("ignore-eos"),
            options.number("temperature", 0, 100),
            Duration.ofSeconds(options.integer("request-timeout", 1, 1_000_000)));
    if (!target.model().isEmpty()) {
      return target;
    }
    try (OpenAiClient client = new OpenAiClient(target)) {
      return target.withModel(client.firstModel());
    }
  }

  private static String apiKey(String file) throws IOException {
    if (file.isEmpty()) {
      return "";
    }
    return Files.readAllLines(Path.of(file), StandardCharsets.UTF_8).stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElseThrow(() -> new UsageException("API key file " + file + " is empty"));
  }

  private static Map<String, Object> results(Target target, Options options, ServeReport report) {
    Map<String, Object> results = new LinkedHashMap<>();
    results.put("benchmark", "serve");
    results.put("base_url", target.base());
    results.put("endpoint", target.endpoint());
    results.put("model_id", target.model());
    results.put("num_prompts", options.integer("num-prompts", 1, 10_000_000));
    results.put("request_rate", options.text("request-rate"));
    results.put("max_concurrency", options.text("max-concurrency"));
    results.put("dataset", options.has("lengths") ? "lengths" : options.text("dataset"));
    results.put("seed", options.text("seed"));
    results.put("ignore_eos", target.ignoreEos());
    results.putAll(report.values());
    return results;
  }
}
