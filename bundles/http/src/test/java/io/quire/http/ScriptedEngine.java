package io.quire.http;

import io.quire.api.cache.CacheStats;
import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.EngineStats;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Health;
import io.quire.api.engine.Histogram;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.RequestInfo;
import io.quire.api.text.ChatTemplate;
import io.quire.api.text.ChatTemplateException;
import io.quire.api.text.Tokenizer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** An engine whose output a test writes; by default each choice says {@code Hello} and ends. */
final class ScriptedEngine implements Engine {
  static final int MAX_LENGTH = 4096;
  static final String REPLY = "Hello";

  final List<GenerationRequest> requests = new CopyOnWriteArrayList<>();
  private final BlockingQueue<ScriptedGeneration> started = new LinkedBlockingQueue<>();
  private final Tokenizer tokenizer = new ByteTokenizer();
  private final String name;
  volatile Consumer<ScriptedGeneration> script = ScriptedEngine::hello;
  volatile Consumer<GenerationRequest> admission = request -> {};
  volatile Health health = new Health(true, "");
  volatile boolean template = true;

  ScriptedEngine(String name) {
    this.name = name;
  }

  /** Every choice says its reply token by token. */
  static void hello(ScriptedGeneration generation) {
    generation.start();
    GenerationRequest request = generation.request;
    int most = request.maxTokens() < 0 ? REPLY.length() : request.maxTokens();
    for (int choice = 0; choice < request.choices(); choice++) {
      int n = Math.min(most, REPLY.length());
      for (int i = 0; i < n; i++) {
        generation.say(choice, REPLY.substring(i, i + 1));
      }
      generation.end(choice, n < most ? FinishReason.STOP : FinishReason.LENGTH, "");
    }
    generation.complete();
  }

  /** Waits for the next generation that was submitted. */
  ScriptedGeneration next() throws InterruptedException {
    ScriptedGeneration generation = started.poll(20, TimeUnit.SECONDS);
    if (generation == null) {
      throw new AssertionError("no generation was submitted");
    }
    return generation;
  }

  @Override
  public Generation submit(GenerationRequest request, GenerationListener listener) {
    requests.add(request);
    admission.accept(request);
    int[] prompt =
        switch (request.prompt()) {
          case Prompt.Text t -> tokenizer.encode(t.text(), t.addSpecial(), t.parseSpecial());
          case Prompt.Tokens t -> t.ids();
        };
    if (prompt.length >= MAX_LENGTH) {
      throw EngineException.invalid(
          "prompt",
          "the prompt has " + prompt.length + " tokens, but the context holds " + MAX_LENGTH);
    }
    ScriptedGeneration generation = new ScriptedGeneration(request, prompt, listener, tokenizer);
    started.add(generation);
    Consumer<ScriptedGeneration> play = script;
    Thread.ofVirtual().name("scripted-engine").start(() -> play.accept(generation));
    return generation;
  }

  @Override
  public boolean abort(String id) {
    return false;
  }

  @Override
  public ModelInfo info() {
    return new ModelInfo(
        name, "/secret/place", "llama", MAX_LENGTH, 258, 1000, Instant.ofEpochSecond(1234));
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public Optional<ChatTemplate> chatTemplate() {
    return template ? Optional.of(ScriptedEngine::render) : Optional.empty();
  }

  private static String render(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> variables) {
    StringBuilder text = new StringBuilder();
    if (!tools.isEmpty()) {
      text.append("tools:").append(tools.size()).append('\n');
    }
    if (!variables.isEmpty()) {
      text.append(variables).append('\n');
    }
    for (Map<String, Object> message : messages) {
      if (message.get("role").equals("martian")) {
        throw new ChatTemplateException("unknown role martian");
      }
      text.append('<').append(message.get("role")).append('>');
      text.append(message.get("content"));
      text.append(message.getOrDefault("tool_calls", "")).append("</>\n");
    }
    return text.append(addGenerationPrompt ? "<assistant>" : "").toString();
  }

  @Override
  public EngineStats stats() {
    Histogram none = new Histogram(List.of(), List.of(0L), 0);
    CacheStats cache = new CacheStats(1, 16, 1, 0, 0, 0, 0, 0);
    return new EngineStats(0, 0, 0, 0, 0, 0, Map.of(), cache, none, none, none, none, none, none);
  }

  @Override
  public List<RequestInfo> requests() {
    return List.of();
  }

  @Override
  public List<LaneInfo> lanes() {
    return List.of();
  }

  @Override
  public Health health() {
    return health;
  }
}
