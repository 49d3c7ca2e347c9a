package io.quire.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.Engine;
import io.quire.api.engine.Health;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.Prompt;
import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Bodies;
import io.quire.http.exchange.Exchange;
import io.quire.http.exchange.Json;
import io.quire.http.request.DetokenizeRequest;
import io.quire.http.request.TokenizeRequest;
import java.io.IOException;
import java.util.List;

/** Answers what is asked about models: which there are, whether they move, their tokens. */
final class ModelRoutes {
  private static final int UNHEALTHY_RETRY_SECONDS = 5;

  private final ModelDirectory models;
  private final Bodies bodies;
  private final String version;

  ModelRoutes(ModelDirectory models, Bodies bodies, String version) {
    this.bodies = bodies;
    this.models = models;
    this.version = version;
  }

  void addTo(Routes routes) {
    routes
        .add("GET", "/v1/models", (exchange, rest) -> list(exchange))
        .addPrefix("GET", "/v1/models/", this::show)
        .add("POST", "/tokenize", (exchange, rest) -> tokenize(exchange))
        .add("POST", "/detokenize", (exchange, rest) -> detokenize(exchange))
        .add("GET", "/health", (exchange, rest) -> health(exchange))
        .add("GET", "/ping", (exchange, rest) -> health(exchange))
        .add("POST", "/ping", (exchange, rest) -> health(exchange))
        .add(
            "GET",
            "/version",
            (exchange, rest) -> exchange.send(200, Json.object().put("version", version)));
  }

  private void list(Exchange exchange) throws IOException {
    ObjectNode answer = Json.object();
    answer.put("object", "list");
    ArrayNode data = answer.putArray("data");
    models.engines().forEach(engine -> data.add(describe(engine.info())));
    exchange.send(200, answer);
  }

  private void show(Exchange exchange, String name) throws IOException {
    exchange.send(200, describe(models.require(name).info()));
  }

  /** The location stays inside: it may be a path of this machine. */
  private static ObjectNode describe(ModelInfo info) {
    ObjectNode model = Json.object();
    model.put("id", info.name());
    model.put("object", "model");
    model.put("created", info.started().getEpochSecond());
    model.put("owned_by", "quire");
    model.put("root", info.name());
    model.putNull("parent");
    model.put("max_model_len", info.maxModelLength());
    model.putArray("permission");
    return model;
  }

  /** A model that is still loading does not make a server sick whose other models serve. */
  private void health(Exchange exchange) {
    List<Engine> engines = models.engines();
    if (engines.isEmpty()) {
      throw models.unavailable();
    }
    List<String> faults =
        engines.stream().filter(e -> !e.health().ok()).map(ModelRoutes::fault).toList();
    if (!faults.isEmpty()) {
      throw ApiException.unavailable(UNHEALTHY_RETRY_SECONDS, String.join("; ", faults));
    }
    exchange.send(200);
  }

  private static String fault(Engine engine) {
    Health health = engine.health();
    return "the model '" + engine.info().name() + "' does not move: " + health.message();
  }

  private void tokenize(Exchange exchange) throws IOException {
    TokenizeRequest request = TokenizeRequest.read(exchange.body(bodies));
    Engine engine = models.require(request.model());
    Prompt.Text prompt = request.prompt(engine);
    int[] tokens =
        engine.tokenizer().encode(prompt.text(), prompt.addSpecial(), prompt.parseSpecial());
    ObjectNode answer = Json.object();
    answer.put("count", tokens.length);
    answer.put("max_model_len", engine.info().maxModelLength());
    ArrayNode ids = answer.putArray("tokens");
    for (int token : tokens) {
      ids.add(token);
    }
    answer.putNull("token_strs");
    if (request.tokenTexts()) {
      ArrayNode texts = answer.putArray("token_strs");
      for (int token : tokens) {
        texts.add(engine.tokenizer().text(token));
      }
    }
    exchange.send(200, answer);
  }

  private void detokenize(Exchange exchange) throws IOException {
    DetokenizeRequest request = DetokenizeRequest.read(exchange.body(bodies));
    Engine engine = models.require(request.model());
    int size = engine.tokenizer().vocabularySize();
    for (int token : request.tokens()) {
      if (token >= size) {
        throw ApiException.invalid(
            "tokens", "tokens has the id " + token + ", but the vocabulary has only " + size);
      }
    }
    exchange.send(
        200, Json.object().put("prompt", engine.tokenizer().decode(request.tokens(), false)));
  }
}
