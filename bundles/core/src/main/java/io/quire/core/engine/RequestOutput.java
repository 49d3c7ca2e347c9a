package io.quire.core.engine;

import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.TokenScore;
import io.quire.api.engine.Usage;
import io.quire.api.text.Tokenizer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A request as the output side sees it: turns tokens into events and the result. What has ended
 * here takes nothing more, whatever the loop still sends. Only the output thread calls it.
 */
final class RequestOutput {
  /** What the output side has to say to the rest of the engine. */
  interface Owner {
    /** A stop string has ended a choice; its sequence is to end. */
    void stopped(ActiveRequest request, int choice);

    /** The listener has failed; what the loop still computes for the request is useless. */
    void abandoned(ActiveRequest request);

    /** The request takes no more; its id may be used again from its last event on. */
    void closed(ActiveRequest request);

    /** Its last event and its result are out. */
    void done();
  }

  private static final Logger LOG = System.getLogger(RequestOutput.class.getName());
  private static final int[] NO_TOKENS = {};

  private final GenerationRequest request;
  private final int[] prompt;
  private final Tokenizer tokenizer;
  private final GenerationListener listener;
  private final Latencies latencies;
  private final Owner owner;
  private final ChoiceOutput[] choices;
  private final TokenScore[] promptScores;
  private final CompletableFuture<Generation.Result> result = new CompletableFuture<>();
  private ActiveRequest active;
  private boolean started;
  private boolean closed;
  private long firstTokenNanos;
  private int open;
  private int generated;

  RequestOutput(
      GenerationRequest request,
      int[] prompt,
      Tokenizer tokenizer,
      GenerationListener listener,
      Latencies latencies,
      Owner owner) {
    this.request = request;
    this.prompt = prompt;
    this.tokenizer = tokenizer;
    this.listener = listener;
    this.latencies = latencies;
    this.owner = owner;
    this.open = request.choices();
    this.promptScores = new TokenScore[request.promptLogprobs() ? prompt.length : 0];
    if (promptScores.length > 0) {
      promptScores[0] = new TokenScore(prompt[0], Float.NaN, List.of());
    }
    this.choices = new ChoiceOutput[request.choices()];
    for (int i = 0; i < choices.length; i++) {
      choices[i] = new ChoiceOutput(this, i, request, tokenizer);
    }
  }

  /** Called once, before the request is submitted. */
  void bind(ActiveRequest loopSide) {
    active = loopSide;
  }

  ChoiceOutput choice(int index) {
    return choices[index];
  }

  CompletableFuture<Generation.Result> result() {
    return result;
  }

  /** Entry {@code i} of a batch is this request's. */
  void take(OutputBatch batch, int i) {
    ChoiceOutput choice = batch.choice(i);
    byte kind = batch.kind(i);
    boolean ofChoice = kind == OutputBatch.TOKEN || kind == OutputBatch.END;
    if (closed || (ofChoice && choice.closed())) {
      return;
    }
    try {
      switch (kind) {
        case OutputBatch.TOKEN -> token(choice, batch, i);
        case OutputBatch.SCORE -> promptScores[batch.position(i)] = score(batch, i);
        case OutputBatch.END -> end(choice, batch, i);
        case OutputBatch.ABORT -> abort(batch.nanos);
        case OutputBatch.FAIL -> fail(batch.error(i));
        default -> throw new IllegalStateException("output of unknown kind " + batch.kind(i));
      }
    } catch (ListenerException e) {
      LOG.log(Level.WARNING, "request " + request.id() + " ends: its listener failed", e);
      giveUp("the listener of request " + request.id() + " failed: " + e.getCause());
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "request " + request.id() + " ends: its output failed", e);
      fail(internal("the output of request " + request.id() + " failed: " + e));
    }
  }

  private void token(ChoiceOutput choice, OutputBatch batch, int i) {
    start();
    measure(choice, batch.nanos);
    show(choice, batch.token(i), scores(batch, i));
    Optional<String> stop = choice.stream.stopped();
    if (stop.isPresent()) {
      close(choice, FinishReason.STOP, stop, batch.nanos);
      owner.stopped(active, choice.index);
    }
  }

  /** A choice has one token more, and the text that it makes certain. */
  private void show(ChoiceOutput choice, int token, List<TokenScore> scores) {
    String text = choice.stream.append(token);
    choice.addToken(token);
    choice.addText(text);
    choice.addScores(scores);
    active.publishOutputTokens(++generated);
    emit(new GenerationEvent.Delta(choice.index, text, new int[] {token}, scores));
  }

  private void start() {
    if (!started) {
      started = true;
      if (active.startedNanos != 0) {
        latencies.queue.record(active.startedNanos - active.arrivalNanos);
      }
      emit(new GenerationEvent.Started(prompt, promptScores()));
    }
  }

  /** {@return the prompt's scores; none if it was ended before it had them all} */
  private List<TokenScore> promptScores() {
    boolean complete = Arrays.stream(promptScores).allMatch(Objects::nonNull);
    return complete ? List.of(promptScores) : List.of();
  }

  private void measure(ChoiceOutput choice, long now) {
    if (choice.lastNanos != 0) {
      latencies.interToken.record(now - choice.lastNanos);
    } else if (firstTokenNanos == 0) {
      firstTokenNanos = now;
      latencies.firstToken.record(now - active.arrivalNanos);
      latencies.prefill.record(now - active.startedNanos);
    }
    choice.lastNanos = now;
  }

  private void end(ChoiceOutput choice, OutputBatch batch, int i) {
    int token = batch.token(i);
    long now = batch.nanos;
    start();
    Optional<String> stop = Optional.empty();
    if (token >= 0) {
      measure(choice, now);
      boolean modelEnd = !request.ignoreEnd() && tokenizer.endOfGeneration().contains(token);
      stop = modelEnd ? Optional.empty() : Optional.of(Integer.toString(token));
      if (request.includeStop() && stop.isPresent()) {
        show(choice, token, scores(batch, i));
      } else {
        active.publishOutputTokens(++generated);
      }
    }
    close(choice, batch.reason(i), stop, now);
  }

  private void close(ChoiceOutput choice, FinishReason reason, Optional<String> stop, long now) {
    String rest = choice.stream.finish();
    choice.addText(rest);
    choice.close(reason, stop);
    if (!rest.isEmpty()) {
      emit(new GenerationEvent.Delta(choice.index, rest, NO_TOKENS, List.of()));
    }
    emit(new GenerationEvent.Finished(choice.index, reason, stop));
    if (--open == 0) {
      complete(now);
    }
  }

  private void abort(long now) {
    start();
    for (ChoiceOutput choice : choices) {
      if (!choice.closed()) {
        close(choice, FinishReason.ABORT, Optional.empty(), now);
      }
    }
  }

  private void complete(long now) {
    closed = true;
    latencies.finished(choices[0].reason());
    latencies.endToEnd.record(now - active.arrivalNanos);
    if (firstTokenNanos != 0) {
      latencies.decode.record(now - firstTokenNanos);
    }
    Usage usage = new Usage(prompt.length, active.cachedTokens, generated);
    List<Generation.Choice> all = Arrays.stream(choices).map(ChoiceOutput::result).toList();
    owner.closed(active);
    emit(new GenerationEvent.Completed(usage));
    result.complete(new Generation.Result(prompt, promptScores(), all, usage));
    owner.done();
  }

  private void fail(EngineException error) {
    closed = true;
    latencies.error();
    owner.closed(active);
    try {
      emit(new GenerationEvent.Failed(error));
    } catch (ListenerException e) {
      LOG.log(Level.WARNING, "the listener of request " + request.id() + " failed at its end", e);
    }
    result.completeExceptionally(error);
    owner.abandoned(active);
    owner.done();
  }

  /** Ends it without an event: the listener does not take any. */
  private void giveUp(String message) {
    if (closed) {
      // Its very last event was what the listener failed at.
      result.completeExceptionally(internal(message));
      owner.done();
      return;
    }
    closed = true;
    latencies.error();
    owner.closed(active);
    result.completeExceptionally(internal(message));
    owner.abandoned(active);
    owner.done();
  }

  private static EngineException internal(String message) {
    return new EngineException(EngineException.Kind.INTERNAL, "", 0, message);
  }

  private List<TokenScore> scores(OutputBatch batch, int i) {
    return request.sampling().logprobs() < 0 ? List.of() : List.of(score(batch, i));
  }

  private static TokenScore score(OutputBatch batch, int i) {
    List<TokenScore.Alternative> top = new ArrayList<>(batch.topEnd(i) - batch.topStart(i));
    for (int at = batch.topStart(i); at < batch.topEnd(i); at++) {
      top.add(new TokenScore.Alternative(batch.topToken(at), batch.topLogprob(at)));
    }
    return new TokenScore(batch.token(i), batch.logprob(i), top);
  }

  private void emit(GenerationEvent event) {
    try {
      listener.onEvent(event);
    } catch (RuntimeException e) {
      throw new ListenerException(e);
    }
  }

  /** Tells a listener's failure from one of our own. */
  private static final class ListenerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ListenerException(RuntimeException cause) {
      super(cause);
    }
  }
}
