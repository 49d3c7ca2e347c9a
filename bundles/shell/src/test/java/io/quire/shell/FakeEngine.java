package io.quire.shell;

import io.quire.api.cache.CacheStats;
import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineStats;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Health;
import io.quire.api.engine.Histogram;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.RequestInfo;
import io.quire.api.text.ChatTemplate;
import io.quire.api.text.Tokenizer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;

/** An engine that reports fixed numbers and leaves generation to the test. */
public final class FakeEngine implements Engine {
  private final String name;
  private final BiConsumer<GenerationRequest, GenerationListener> generator;

  /** Requests that were submitted. */
  public final BlockingQueue<GenerationRequest> submitted = new LinkedBlockingQueue<>();

  /** Counted down when a generation is cancelled. */
  public final CountDownLatch cancelled = new CountDownLatch(1);

  public FakeEngine(String name, BiConsumer<GenerationRequest, GenerationListener> generator) {
    this.name = name;
    this.generator = generator;
  }

  static FakeEngine named(String name) {
    return new FakeEngine(name, (request, listener) -> {});
  }

  @Override
  public Generation submit(GenerationRequest request, GenerationListener listener) {
    submitted.add(request);
    generator.accept(request, listener);
    return new Generation() {
      @Override
      public String id() {
        return request.id();
      }

      @Override
      public void cancel() {
        cancelled.countDown();
      }

      @Override
      public CompletableFuture<Result> result() {
        return new CompletableFuture<>();
      }
    };
  }

  @Override
  public boolean abort(String id) {
    return requests().stream().anyMatch(request -> request.id().equals(id));
  }

  @Override
  public ModelInfo info() {
    return new ModelInfo(name, "/models/" + name, "llama", 2048, 49152, 98_362_432L, Instant.EPOCH);
  }

  @Override
  public Tokenizer tokenizer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<ChatTemplate> chatTemplate() {
    return Optional.empty();
  }

  @Override
  public EngineStats stats() {
    Histogram none = new Histogram(List.of(1.0), List.of(0L, 0L), 0);
    Histogram some = new Histogram(List.of(0.01, 0.1), List.of(50L, 50L, 0L), 4);
    return new EngineStats(
        1,
        2,
        300,
        4000,
        500,
        6,
        Map.of("stop", 7L, "abort", 1L),
        new CacheStats(100, 16, 60, 40, 1000, 250, 8, 9),
        some,
        some,
        none,
        none,
        none,
        none);
  }

  @Override
  public List<RequestInfo> requests() {
    return List.of(
        new RequestInfo(name + "-r1", "running", 12, 34, 1, 0, 1.25),
        new RequestInfo(name + "-r2\u001b[2J", "waiting", 5, 0, 2, -1, 0.002));
  }

  @Override
  public List<LaneInfo> lanes() {
    return List.of(new LaneInfo("cpu0", "ready", "fcfs", 100, 60, 300));
  }

  @Override
  public Health health() {
    return new Health(true, "");
  }
}
