package io.quire.http.generate;

import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.http.answer.ChatAnswer;
import io.quire.http.answer.CompletionAnswer;
import io.quire.http.answer.Head;
import io.quire.http.answer.TokenNames;
import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Bodies;
import io.quire.http.exchange.Exchange;
import io.quire.http.request.ChatRequest;
import io.quire.http.request.CompletionRequest;
import io.quire.http.request.Options;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Answers {@code POST /v1/completions} and {@code POST /v1/chat/completions}. */
public final class Completions {
  private final Function<String, Engine> models;
  private final LongSupplier seeds;
  private final InstantSource clock;
  private final Duration heartbeat;
  private final Bodies bodies;

  /**
   * Creates it.
   *
   * @param models finds the engine of a model
   * @param seeds seeds for requests that bring none; called by several threads
   * @param clock the time
   * @param heartbeat how long a stream may be silent
   * @param bodies reads request bodies
   */
  public Completions(
      Function<String, Engine> models,
      LongSupplier seeds,
      InstantSource clock,
      Duration heartbeat,
      Bodies bodies) {
    this.models = models;
    this.seeds = seeds;
    this.clock = clock;
    this.heartbeat = heartbeat;
    this.bodies = bodies;
  }

  /**
   * Completes texts.
   *
   * @param exchange the request
   * @throws IOException if the client goes away
   */
  public void complete(Exchange exchange) throws IOException {
    CompletionRequest request = CompletionRequest.read(exchange.body(bodies));
    Engine engine = models.apply(request.model());
    Head head = head("cmpl-", exchange, engine);
    List<GenerationRequest> requests = new ArrayList<>();
    for (Prompt prompt : request.prompts()) {
      String id = head.id() + (request.prompts().size() == 1 ? "" : "-" + requests.size());
      requests.add(
          request.options().request(id, prompt, seeds.getAsLong(), request.promptLogprobs()));
    }
    CompletionAnswer answer = new CompletionAnswer(head, request, names(engine, request.options()));
    if (request.mode().stream()) {
      submitted(() -> new EventStream(exchange, answer, heartbeat).run(engine, requests));
    } else {
      exchange.send(200, answer.whole(await(exchange, engine, requests)));
    }
  }

  /**
   * Continues a conversation.
   *
   * @param exchange the request
   * @throws IOException if the client goes away
   */
  public void chat(Exchange exchange) throws IOException {
    ChatRequest request = ChatRequest.read(exchange.body(bodies));
    Engine engine = models.apply(request.model());
    Head head = head("chatcmpl-", exchange, engine);
    List<GenerationRequest> requests =
        List.of(
            request
                .options()
                .request(
                    head.id(), request.conversation().prompt(engine), seeds.getAsLong(), false));
    ChatAnswer answer = new ChatAnswer(head, request, names(engine, request.options()));
    try {
      if (request.mode().stream()) {
        submitted(() -> new EventStream(exchange, answer, heartbeat).run(engine, requests));
      } else {
        exchange.send(200, answer.whole(await(exchange, engine, requests).getFirst()));
      }
    } catch (ApiException e) {
      throw e.renamed("prompt", "messages");
    }
  }

  private static List<Generation.Result> await(
      Exchange exchange, Engine engine, List<GenerationRequest> requests) throws IOException {
    List<Generation.Result> results = new ArrayList<>();
    submitted(() -> {
      Batch batch = Batch.submit(engine, requests, i -> event -> {});
      exchange.worked();
      exchange.whenGone(batch::cancel);
      results.addAll(batch.await());
    });
    return results;
  }

  /** A refusal by the engine is the client's error, or one it can wait for. */
  private static void submitted(Step step) throws IOException {
    try {
      step.run();
    } catch (EngineException e) {
      throw ApiException.of(e);
    }
  }

  private Head head(String prefix, Exchange exchange, Engine engine) {
    return new Head(prefix + exchange.id(), clock.instant().getEpochSecond(), engine.info().name());
  }

  private static TokenNames names(Engine engine, Options options) {
    return new TokenNames(engine.tokenizer(), options.tokensAsIds());
  }

  /** Something that talks to the client. */
  private interface Step {
    void run() throws IOException;
  }
}
