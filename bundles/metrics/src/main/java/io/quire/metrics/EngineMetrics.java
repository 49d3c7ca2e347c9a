package io.quire.metrics;

import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineStats;
import io.quire.api.engine.Histogram;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The engines' counts under the names that vLLM gives them, so that its dashboards work here. */
final class EngineMetrics {
  private static final System.Logger LOG = System.getLogger(EngineMetrics.class.getName());

  private final Exposition out;
  private final List<Snapshot> snapshots;

  private record Snapshot(Map<String, String> labels, EngineStats stats) {}

  private EngineMetrics(Exposition out, List<Snapshot> snapshots) {
    this.out = out;
    this.snapshots = snapshots;
  }

  static void write(Exposition out, Collection<Engine> engines) {
    List<Snapshot> snapshots = new ArrayList<>();
    for (Engine engine : engines) {
      try {
        snapshots.add(new Snapshot(Map.of("model_name", engine.info().name()), engine.stats()));
      } catch (RuntimeException e) {
        // One that is just leaving, for example; the others are still worth reporting.
        LOG.log(System.Logger.Level.DEBUG, "an engine could not be asked for its counts", e);
      }
    }
    new EngineMetrics(out, snapshots).write();
  }

  private void write() {
    gauge("vllm:num_requests_running", "Requests in steps.", EngineStats::running);
    gauge("vllm:num_requests_waiting", "Requests that wait.", EngineStats::waiting);
    usage();
    counter(
        "vllm:prefix_cache_queries_total",
        "Prompt tokens looked up in the prefix cache.",
        s -> s.cache().queriedTokens());
    counter(
        "vllm:prefix_cache_hits_total",
        "Prompt tokens found in the prefix cache.",
        s -> s.cache().hitTokens());
    counter(
        "vllm:num_preemptions_total",
        "Sequences that lost their blocks.",
        EngineStats::preemptions);
    counter(
        "vllm:prompt_tokens_total",
        "Prompt tokens computed, cached ones not included.",
        EngineStats::promptTokens);
    counter("vllm:generation_tokens_total", "Tokens generated.", EngineStats::generationTokens);
    finished();
    histogram(
        "vllm:time_to_first_token_seconds",
        "From arrival to the first token.",
        EngineStats::timeToFirstToken);
    histogram(
        "vllm:inter_token_latency_seconds",
        "Between two tokens of a sequence.",
        EngineStats::interTokenLatency);
    histogram(
        "vllm:e2e_request_latency_seconds", "From arrival to the end.", EngineStats::endToEnd);
    histogram(
        "vllm:request_queue_time_seconds",
        "From arrival to the first step.",
        EngineStats::queueTime);
    histogram(
        "vllm:request_prefill_time_seconds",
        "From the first step to the first token.",
        EngineStats::prefillTime);
    histogram(
        "vllm:request_decode_time_seconds",
        "From the first token to the last.",
        EngineStats::decodeTime);
  }

  private void gauge(String name, String help, ToLongFunction<EngineStats> value) {
    numbers(name, "gauge", help, value);
  }

  private void counter(String name, String help, ToLongFunction<EngineStats> value) {
    numbers(name, "counter", help, value);
  }

  private void numbers(String name, String type, String help, ToLongFunction<EngineStats> value) {
    out.family(name, type, help);
    snapshots.forEach(s -> out.sample(s.labels(), value.applyAsLong(s.stats())));
  }

  private void usage() {
    out.family("vllm:kv_cache_usage_perc", "gauge", "Share of KV blocks in use, 1 is all.");
    for (Snapshot s : snapshots) {
      // Without a lane there is no block, and none in use.
      out.sample(s.labels(), s.stats().cache().blocks() == 0 ? 0 : s.stats().cache().usage());
    }
  }

  private void finished() {
    out.family("vllm:request_success_total", "counter", "Requests ended, by reason.");
    for (Snapshot s : snapshots) {
      new TreeMap<>(s.stats().finished())
          .forEach((reason, count) -> {
            Map<String, String> labels = new LinkedHashMap<>(s.labels());
            labels.put("finished_reason", reason);
            out.sample(labels, count);
          });
    }
  }

  private void histogram(String name, String help, Function<EngineStats, Histogram> value) {
    out.family(name, "histogram", help);
    snapshots.forEach(s -> out.histogram(s.labels(), value.apply(s.stats())));
  }
}
