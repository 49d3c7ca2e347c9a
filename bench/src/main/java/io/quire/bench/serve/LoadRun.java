package io.quire.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.bench.stats.Draws;
import io.quire.bench.stats.Lengths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Sends a list of requests and collects how each went. */
final class LoadRun {
  private final OpenAiClient client;
  private final Prompts prompts;
  private final LoadOptions options;
  private final Consumer<Outcome> onOutcome;

  /**
   * Prepares a run.
   *
   * @param client where requests go
   * @param prompts their texts
   * @param options how they arrive
   * @param onOutcome told of each end, by several threads
   */
  LoadRun(OpenAiClient client, Prompts prompts, LoadOptions options, Consumer<Outcome> onOutcome) {
    this.client = client;
    this.prompts = prompts;
    this.options = options;
    this.onOutcome = onOutcome;
  }

  /**
   * All outcomes.
   *
   * @param seconds from the first request's arrival to the last one's end
   * @param outcomes in the order of the requests
   */
  record Result(double seconds, List<Outcome> outcomes) {}

  /**
   * Runs.
   *
   * @param lengths one request each
   * @return how it went
   */
  Result run(List<Lengths> lengths) throws InterruptedException {
    List<JsonNode> all = new ArrayList<>(lengths.size());
    for (int i = 0; i < lengths.size(); i++) {
      all.add(prompts.prompt(i, lengths.get(i).prompt()));
    }
    Draws arrivals = new Draws(options.seed());
    Semaphore room = new Semaphore(options.concurrency());
    List<Future<Outcome>> futures = new ArrayList<>(lengths.size());
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("bench-request-", 0).factory())) {
      long start = System.nanoTime();
      double due = 0;
      for (int i = 0; i < lengths.size(); i++) {
        if (i > 0 && options.rate() < Double.POSITIVE_INFINITY) {
          due += arrivals.exponential(1 / options.rate());
          awaitNanos(start + (long) (due * 1e9));
        }
        JsonNode prompt = all.get(i);
        int output = lengths.get(i).output();
        futures.add(threads.submit(() -> one(room, prompt, output)));
      }
      List<Outcome> outcomes = collect(futures, threads);
      return new Result((System.nanoTime() - start) / 1e9, outcomes);
    }
  }

  private Outcome one(Semaphore room, JsonNode prompt, int output) throws InterruptedException {
    room.acquire();
    try {
      Outcome outcome = client.generate(prompt, output);
      onOutcome.accept(outcome);
      return outcome;
    } finally {
      room.release();
    }
  }

  private static List<Outcome> collect(List<Future<Outcome>> futures, ExecutorService threads)
      throws InterruptedException {
    List<Outcome> outcomes = new ArrayList<>(futures.size());
    try {
      for (Future<Outcome> future : futures) {
        outcomes.add(future.get());
      }
      return outcomes;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a request ended in a way that is no outcome", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private static void awaitNanos(long deadline) throws InterruptedException {
    for (long left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException("stopped while requests were being sent");
      }
    }
  }
}
