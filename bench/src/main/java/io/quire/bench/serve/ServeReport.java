package io.quire.bench.serve;

import io.quire.bench.stats.Samples;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The figures of a run: names, units and definitions as those of {@code vllm bench serve}. */
final class ServeReport {
  private static final int WIDTH = 50;

  private final Samples firstToken = new Samples();
  private final Samples perToken = new Samples();
  private final Samples interToken = new Samples();
  private final Samples endToEnd = new Samples();
  private final double seconds;
  private final double[] percentiles;
  private int completed;
  private int failed;
  private long inputTokens;
  private long outputTokens;
  private String firstError = "";

  ServeReport(LoadRun.Result run, double... percentiles) {
    this.seconds = run.seconds();
    this.percentiles = percentiles;
    run.outcomes().forEach(this::add);
  }

  private void add(Outcome outcome) {
    switch (outcome) {
      case Outcome.Done done -> {
        completed++;
        inputTokens += done.promptTokens();
        outputTokens += done.outputTokens();
        addMillis(firstToken, done.firstText());
        addMillis(perToken, done.perToken());
        addMillis(endToEnd, done.latency());
        for (double gap : done.gaps()) {
          addMillis(interToken, gap);
        }
      }
      case Outcome.Failed f -> {
        failed++;
        firstError = failed == 1 ? f.reason() : firstError;
      }
    }
  }

  private static void addMillis(Samples samples, double seconds) {
    if (!Double.isNaN(seconds)) {
      samples.add(seconds * 1e3);
    }
  }

  int failed() {
    return failed;
  }

  String firstError() {
    return firstError;
  }

  void print(PrintStream out) {
    heading(out, " Serving Benchmark Result ", '=');
    line(out, "Successful requests:", completed);
    line(out, "Failed requests:", failed);
    line(out, "Benchmark duration (s):", seconds);
    line(out, "Total input tokens:", inputTokens);
    line(out, "Total generated tokens:", outputTokens);
    line(out, "Request throughput (req/s):", completed / seconds);
    line(out, "Output token throughput (tok/s):", outputTokens / seconds);
    line(out, "Total token throughput (tok/s):", (inputTokens + outputTokens) / seconds);
    section(out, "Time to First Token", "TTFT", firstToken);
    section(out, "Time per Output Token (excl. 1st token)", "TPOT", perToken);
    section(out, "Inter-token Latency", "ITL", interToken);
    section(out, "End-to-end Latency", "E2EL", endToEnd);
    out.println("=".repeat(WIDTH));
  }

  private void section(PrintStream out, String title, String name, Samples samples) {
    heading(out, title, '-');
    line(out, "Mean " + name + " (ms):", samples.mean());
    line(out, "Median " + name + " (ms):", samples.median());
    for (double p : percentiles) {
      line(out, "P" + number(p) + " " + name + " (ms):", samples.percentile(p));
    }
  }

  private static void heading(PrintStream out, String title, char fill) {
    int left = (WIDTH - title.length()) / 2;
    String bar = String.valueOf(fill);
    out.println(bar.repeat(left) + title + bar.repeat(WIDTH - title.length() - left));
  }

  private static void line(PrintStream out, String name, double value) {
    out.println(String.format(Locale.ROOT, "%-40s %-9.2f", name, value).stripTrailing());
  }

  private static void line(PrintStream out, String name, long value) {
    out.println(String.format(Locale.ROOT, "%-40s %d", name, value));
  }

  /** {@return the figures under the names that vLLM's result files have} */
  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("duration", seconds);
    values.put("completed", completed);
    values.put("failed", failed);
    values.put("total_input_tokens", inputTokens);
    values.put("total_output_tokens", outputTokens);
    values.put("request_throughput", completed / seconds);
    values.put("output_throughput", outputTokens / seconds);
    values.put("total_token_throughput", (inputTokens + outputTokens) / seconds);
    put(values, "ttft_ms", firstToken);
    put(values, "tpot_ms", perToken);
    put(values, "itl_ms", interToken);
    put(values, "e2el_ms", endToEnd);
    values.put("itl_count", interToken.count());
    values.put("first_error", firstError);
    return values;
  }

  private void put(Map<String, Object> values, String name, Samples samples) {
    values.put("mean_" + name, samples.mean());
    values.put("median_" + name, samples.median());
    values.put("std_" + name, samples.deviation());
    for (double p : percentiles) {
      values.put("p" + number(p) + "_" + name, samples.percentile(p));
    }
  }

  private static String number(double percent) {
    return percent == Math.rint(percent) ? String.valueOf((int) percent) : String.valueOf(percent);
  }
}
