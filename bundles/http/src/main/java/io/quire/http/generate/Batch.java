package io.quire.http.generate;

import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.http.exchange.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;

/** The generations of one HTTP request, one a prompt: all are taken in, or none. */
final class Batch {
  private final List<Generation> generations;

  private Batch(List<Generation> generations) {
    this.generations = generations;
  }

  /**
   * Submits.
   *
   * @param engine to which engine
   * @param requests one a prompt
   * @param listeners the listener of a prompt
   * @return what was taken in
   * @throws EngineException if one is refused; the others are cancelled then
   */
  static Batch submit(
      Engine engine, List<GenerationRequest> requests, IntFunction<GenerationListener> listeners) {
    List<Generation> taken = new ArrayList<>(requests.size());
    Batch batch = new Batch(taken);
    try {
      for (int i = 0; i < requests.size(); i++) {
        taken.add(engine.submit(requests.get(i), listeners.apply(i)));
      }
      return batch;
    } catch (RuntimeException e) {
      batch.cancel();
      throw e;
    }
  }

  void cancel() {
    generations.forEach(Generation::cancel);
  }

  /** Waits for all results; if one fails the others are cancelled. */
  List<Generation.Result> await() {
    for (Generation generation : generations) {
      generation
          .result()
          .whenComplete((result, error) -> {
            if (error != null) {
              cancel();
            }
          });
    }
    try {
      return generations.stream().map(Generation::result).map(CompletableFuture::join).toList();
    } catch (CompletionException e) {
      cancel();
      if (e.getCause() instanceof EngineException cause) {
        throw ApiException.of(cause);
      }
      throw e;
    }
  }
}
