package io.quire.http;

import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.TokenScore;
import io.quire.api.engine.Usage;
import io.quire.api.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A generation whose events a test sends. */
final class ScriptedGeneration implements Generation {
  final GenerationRequest request;
  final CountDownLatch cancelled = new CountDownLatch(1);
  private final int[] prompt;
  private final GenerationListener listener;
  private final Tokenizer tokenizer;
  private final CompletableFuture<Result> result = new CompletableFuture<>();
  private final List<StringBuilder> texts = new ArrayList<>();
  private final List<List<Integer>> tokens = new ArrayList<>();
  private final List<List<TokenScore>> scores = new ArrayList<>();
  private final Choice[] choices;

  ScriptedGeneration(
      GenerationRequest request, int[] prompt, GenerationListener listener, Tokenizer tokenizer) {
    this.request = request;
    this.prompt = prompt;
    this.listener = listener;
    this.tokenizer = tokenizer;
    choices = new Choice[request.choices()];
    for (int i = 0; i < choices.length; i++) {
      texts.add(new StringBuilder());
      tokens.add(new ArrayList<>());
      scores.add(new ArrayList<>());
    }
  }

  void start() {
    listener.onEvent(new GenerationEvent.Started(prompt, promptScores()));
  }

  private List<TokenScore> promptScores() {
    if (!request.promptLogprobs()) {
      return List.of();
    }
    List<TokenScore> list = new ArrayList<>();
    for (int i = 0; i < prompt.length; i++) {
      list.add(i == 0 ? new TokenScore(prompt[0], Float.NaN, List.of()) : score(prompt[i]));
    }
    return list;
  }

  /** A choice says a text, in one delta. */
  void say(int choice, String text) {
    int[] ids = tokenizer.encode(text, false, false);
    List<TokenScore> list =
        request.sampling().logprobs() < 0
            ? List.of()
            : Arrays.stream(ids).mapToObj(this::score).toList();
    texts.get(choice).append(text);
    Arrays.stream(ids).forEach(tokens.get(choice)::add);
    scores.get(choice).addAll(list);
    listener.onEvent(new GenerationEvent.Delta(choice, text, ids, list));
  }

  /** The token is second best, after 'z'. */
  private TokenScore score(int token) {
    List<TokenScore.Alternative> all =
        List.of(new TokenScore.Alternative('z', -0.25f), new TokenScore.Alternative(token, -1.5f));
    int top = Math.min(request.sampling().logprobs(), all.size());
    return new TokenScore(token, -1.5f, all.subList(0, top));
  }

  void end(int choice, FinishReason reason, String stop) {
    Optional<String> stopped = stop.isEmpty() ? Optional.empty() : Optional.of(stop);
    choices[choice] =
        new Choice(
            texts.get(choice).toString(),
            tokens.get(choice).stream().mapToInt(Integer::intValue).toArray(),
            scores.get(choice),
            reason,
            stopped);
    listener.onEvent(new GenerationEvent.Finished(choice, reason, stopped));
  }

  void complete() {
    int made = tokens.stream().mapToInt(List::size).sum();
    Usage usage = new Usage(prompt.length, 1, made);
    listener.onEvent(new GenerationEvent.Completed(usage));
    result.complete(new Result(prompt, promptScores(), List.of(choices), usage));
  }

  void fail(EngineException error) {
    listener.onEvent(new GenerationEvent.Failed(error));
    result.completeExceptionally(error);
  }

  /** Waits for the server to cancel it. */
  void awaitCancel() throws InterruptedException {
    if (!cancelled.await(20, TimeUnit.SECONDS)) {
      throw new AssertionError(id() + " was not cancelled");
    }
  }

  @Override
  public String id() {
    return request.id();
  }

  @Override
  public void cancel() {
    if (!result.isDone()) {
      cancelled.countDown();
    }
  }

  @Override
  public CompletableFuture<Result> result() {
    return result;
  }
}
