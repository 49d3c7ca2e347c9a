package io.quire.bench.offline;

import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.Usage;
import io.quire.bench.stats.Draws;
import io.quire.bench.stats.Lengths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Requests of random tokens, submitted all at once. */
final class Work {
  private final List<GenerationRequest> requests = new ArrayList<>();

  /**
   * Makes requests.
   *
   * @param lengths of each
   * @param vocabulary tokens there are
   * @param seed of the tokens; another one shares no prefix
   */
  Work(List<Lengths> lengths, int vocabulary, long seed) {
    Draws draws = new Draws(seed);
    for (int i = 0; i < lengths.size(); i++) {
      int[] prompt = new int[lengths.get(i).prompt()];
      for (int t = 0; t < prompt.length; t++) {
        prompt[t] = draws.between(0, vocabulary);
      }
      requests.add(
          GenerationRequest.builder("r" + i, new Prompt.Tokens(prompt))
              .maxTokens(lengths.get(i).output())
              .ignoreEnd(true)
              .build());
    }
  }

  /**
   * What was done.
   *
   * @param seconds from the first submission to the end of the last request
   * @param promptTokens tokens of all prompts
   * @param outputTokens tokens generated
   * @param decodeSeconds from the first token to the last, of the first request
   * @param firstSeconds from submission to the first token, of the first request
   */
  record Done(
      double seconds,
      long promptTokens,
      long outputTokens,
      double decodeSeconds,
      double firstSeconds) {}

  /**
   * Does it.
   *
   * @param engine idle
   * @return what was done
   * @throws EngineException if a request failed
   */
  Done run(Engine engine) throws InterruptedException {
    List<Generation> generations = new ArrayList<>(requests.size());
    TokenTimes times = new TokenTimes();
    long start = System.nanoTime();
    for (GenerationRequest request : requests) {
      GenerationListener listener = generations.isEmpty() ? times : event -> {};
      generations.add(engine.submit(request, listener));
    }
    long promptTokens = 0;
    long outputTokens = 0;
    for (Generation generation : generations) {
      Usage usage = result(generation).usage();
      promptTokens += usage.promptTokens();
      outputTokens += usage.completionTokens();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Done(
        seconds,
        promptTokens,
        outputTokens,
        (times.last - times.first) / 1e9,
        (times.first - start) / 1e9);
  }

  private static Generation.Result result(Generation generation) throws InterruptedException {
    try {
      return generation.result().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException failed) {
        throw failed;
      }
      throw new IllegalStateException("request " + generation.id() + " failed", e.getCause());
    }
  }

  /** When tokens came; read after the request has ended, which orders the accesses. */
  private static final class TokenTimes implements GenerationListener {
    private long first;
    private long last;

    @Override
    public void onEvent(GenerationEvent event) {
      if (event instanceof GenerationEvent.Delta delta && delta.tokens().length > 0) {
        last = System.nanoTime();
        first = first == 0 ? last : first;
      }
    }
  }
}
