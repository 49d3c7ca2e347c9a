package io.quire.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.CacheStats;
import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineStats;
import io.quire.api.engine.Histogram;
import io.quire.api.engine.ModelInfo;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsServletTest {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z_][a-z0-9_:]*)(\\{[^}]*})? (-?[0-9.E+-]+|\\+Inf|NaN)");

  private final List<Engine> engines = new CopyOnWriteArrayList<>();
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  @BeforeEach
  void start() throws Exception {
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(new MetricsServlet(engines)), "/metrics");
    server.setHandler(context);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  private String metrics() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/metrics");
      HttpResponse<String> response =
          client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      String type = response.headers().firstValue("Content-Type").orElse("");
      assertTrue(type.startsWith("text/plain;") && type.contains("version=0.0.4"), type);
      return response.body();
    }
  }

  private static Engine engine(String name, Supplier<EngineStats> stats) {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "info" -> new ModelInfo(name, "", "", 1, 1, 1, Instant.EPOCH);
                  case "stats" -> stats.get();
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static EngineStats stats(int blocks) {
    Histogram times = new Histogram(List.of(0.5), List.of(3L, 1L), 2.5);
    return new EngineStats(
        2,
        7,
        100,
        1000,
        500,
        3,
        Map.of("stop", 11L, "length", 5L, "abort", 1L),
        new CacheStats(blocks, 16, blocks / 4, 0, 90, 60, 0, 0),
        times,
        times,
        times,
        times,
        times,
        times);
  }

  @Test
  void shouldReportAnEngineUnderVllmsNames() throws Exception {
    engines.add(engine("m", () -> stats(8)));
    Set<String> lines = new HashSet<>(metrics().lines().toList());
    for (String line :
        List.of(
            "# TYPE vllm:num_requests_running gauge",
            "vllm:num_requests_running{model_name=\"m\"} 2",
            "vllm:num_requests_waiting{model_name=\"m\"} 7",
            "vllm:kv_cache_usage_perc{model_name=\"m\"} 0.75",
            "vllm:prefix_cache_queries_total{model_name=\"m\"} 90",
            "vllm:prefix_cache_hits_total{model_name=\"m\"} 60",
            "vllm:num_preemptions_total{model_name=\"m\"} 3",
            "vllm:prompt_tokens_total{model_name=\"m\"} 1000",
            "vllm:generation_tokens_total{model_name=\"m\"} 500",
            "vllm:request_success_total{model_name=\"m\",finished_reason=\"stop\"} 11",
            "vllm:request_success_total{model_name=\"m\",finished_reason=\"length\"} 5",
            "# TYPE vllm:time_to_first_token_seconds histogram",
            "vllm:time_to_first_token_seconds_bucket{model_name=\"m\",le=\"0.5\"} 3",
            "vllm:time_to_first_token_seconds_bucket{model_name=\"m\",le=\"+Inf\"} 4",
            "vllm:inter_token_latency_seconds_count{model_name=\"m\"} 4",
            "vllm:e2e_request_latency_seconds_sum{model_name=\"m\"} 2.5",
            "vllm:request_queue_time_seconds_count{model_name=\"m\"} 4",
            "vllm:request_prefill_time_seconds_count{model_name=\"m\"} 4",
            "vllm:request_decode_time_seconds_count{model_name=\"m\"} 4")) {
      assertTrue(lines.contains(line), line + " in " + lines);
    }
  }

  @Test
  void shouldKeepFamiliesTogetherAndLinesWellFormed() throws Exception {
    engines.add(engine("a", () -> stats(8)));
    engines.add(engine("b", () -> stats(8)));
    Set<String> families = new HashSet<>();
    String family = "";
    for (String line : metrics().lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        family = line.split(" ")[2];
        assertTrue(families.add(family), family + " comes twice");
      } else if (!line.startsWith("# HELP ")) {
        assertTrue(SAMPLE.matcher(line).matches(), line);
        assertTrue(line.startsWith(family), line + " is outside its family " + family);
      }
    }
    assertTrue(families.contains("jvm_memory_used_bytes"));
    assertTrue(families.contains("process_cpu_seconds_total"));
  }

  @Test
  void shouldReportNoUsageWhereThereIsNoBlock() throws Exception {
    engines.add(engine("m", () -> stats(0)));
    assertTrue(metrics().contains("vllm:kv_cache_usage_perc{model_name=\"m\"} 0.0\n"));
  }

  @Test
  void shouldReportTheOthersWhenOneEngineFails() throws Exception {
    engines.add(
        engine(
            "broken",
            () -> {
              throw new IllegalStateException("leaving");
            }));
    engines.add(engine("m", () -> stats(8)));
    String text = metrics();
    assertTrue(text.contains("vllm:num_requests_running{model_name=\"m\"} 2\n"));
    assertFalse(text.contains("broken"));
  }

  @Test
  void shouldAnswerWithoutAnyEngine() throws Exception {
    String text = metrics();
    assertTrue(text.contains("# TYPE vllm:num_requests_running gauge\n"));
    assertTrue(text.contains("jvm_threads_current "));
  }
}
