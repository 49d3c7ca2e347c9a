package io.quire.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.engine.Health;
import io.quire.api.engine.ServedModel;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What there is, how it does, and its tokens. */
class ModelsTest {
  private final TestServer server = new TestServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private record Served(String name, State state, String message) implements ServedModel {
    @Override
    public String location() {
      return "/secret/place";
    }

    @Override
    public double progress() {
      return 0.42;
    }
  }

  private static String retry(HttpResponse<String> response) {
    return response.headers().firstValue("Retry-After").orElse("");
  }

  @Test
  void shouldListModelsWithoutTheirPlaces() throws Exception {
    String model =
        "{\"id\":\"m\",\"object\":\"model\",\"created\":1234,\"owned_by\":\"quire\","
            + "\"root\":\"m\",\"parent\":null,\"max_model_len\":4096,\"permission\":[]}";
    assertEquals("{\"object\":\"list\",\"data\":[" + model + "]}", server.get("/v1/models").body());
    assertEquals(model, server.get("/v1/models/m").body());
    server.engines.add(new ScriptedEngine("org/model b"));
    assertTrue(server.get("/v1/models/org/model%20b").body().contains("org/model b"));
    server.engines.clear();
    assertEquals("{\"object\":\"list\",\"data\":[]}", server.get("/v1/models").body());
  }

  @Test
  void shouldNameTheModelsThereAreWhenOneIsUnknown() throws Exception {
    server.engines.add(new ScriptedEngine("a"));
    for (HttpResponse<String> response :
        List.of(
            server.get("/v1/models/x"),
            server.post("/v1/completions", "{'model': 'x', 'prompt': 'y'}"),
            server.post(
                "/v1/chat/completions",
                "{'model': 'x', 'messages': [{'role': 'user', 'content': 'y'}]}"),
            server.post("/tokenize", "{'model': 'x', 'prompt': 'y'}"))) {
      assertEquals(404, response.statusCode());
      JsonNode error = TestServer.parseOne(response.body()).get("error");
      assertEquals("model_not_found", error.get("code").asText());
      assertTrue(error.get("message").asText().contains("served are: a, m"), response.body());
    }
    HttpResponse<String> unnamed = server.post("/v1/completions", "{'prompt': 'y'}");
    assertEquals(400, unnamed.statusCode());
    assertTrue(unnamed.body().contains("name one of: a, m"), unnamed.body());
  }

  @ParameterizedTest
  @CsvSource({
    "LOADING, 2, 'is loading, 42 % done: from disk'",
    "WAITING, 10, 'waits: from disk'",
    "DRAINING, 10, takes no new requests",
    "FAILED, '', could not be loaded",
    "READY, 2, ready in a moment"
  })
  void shouldAskForPatienceWhileAModelIsOnItsWay(
      ServedModel.State state, String retryAfter, String message) throws Exception {
    server.served.add(new Served("late", state, "from disk"));
    HttpResponse<String> response =
        server.post("/v1/completions", "{'model': 'late', 'prompt': 'y'}");
    assertEquals(503, response.statusCode());
    assertEquals(retryAfter, retry(response));
    assertTrue(response.body().contains(message), response.body());
    assertTrue(response.body().contains("service_unavailable"));
    assertEquals(200, server.get("/health").statusCode(), "the other model serves");
  }

  @Test
  void shouldSayWhetherItIsHealthy() throws Exception {
    assertEquals(200, server.get("/health").statusCode());
    assertEquals("", server.get("/health").body());
    assertEquals(200, server.post("/ping", "").statusCode());
    HttpResponse<String> head =
        server.send(server.request("/ping").method("HEAD", BodyPublishers.noBody()).build());
    assertEquals(200, head.statusCode());
    server.engine.health = new Health(false, "no step for 12 s");
    HttpResponse<String> stuck = server.get("/health");
    assertEquals(503, stuck.statusCode());
    assertEquals("5", retry(stuck));
    assertTrue(stuck.body().contains("no step for 12 s"), stuck.body());
    assertEquals(503, server.get("/ping").statusCode());
  }

  @Test
  void shouldSayWhyNoModelIsThere() throws Exception {
    server.engines.clear();
    assertEquals(503, server.get("/health").statusCode());
    assertTrue(server.get("/health").body().contains("quire serve"));
    server.served.add(new Served("late", ServedModel.State.WAITING, "for a device"));
    assertTrue(server.get("/health").body().contains("'late' waits: for a device"));
    HttpResponse<String> unnamed = server.post("/v1/completions", "{'prompt': 'y'}");
    assertEquals(503, unnamed.statusCode());
    assertEquals("10", retry(unnamed));
    HttpResponse<String> unknown = server.post("/v1/completions", "{'model': 'x', 'prompt': 'y'}");
    assertEquals(404, unknown.statusCode());
  }

  @Test
  void shouldSayItsVersion() throws Exception {
    assertEquals("{\"version\":\"1.2.3\"}", server.get("/version").body());
  }

  @Test
  void shouldTokenise() throws Exception {
    assertEquals(
        "{\"count\":3,\"max_model_len\":4096,\"tokens\":[256,72,105],\"token_strs\":null}",
        server.json("/tokenize", "{'model': 'm', 'prompt': 'Hi'}").toString());
    assertEquals(
        "{\"count\":2,\"max_model_len\":4096,\"tokens\":[72,105],\"token_strs\":[\"H\",\"i\"]}",
        server
            .json(
                "/tokenize",
                "{'prompt': 'Hi', 'add_special_tokens': false, 'return_token_strs': true}")
            .toString());
    String messages = "{'messages': [{'role': 'user', 'content': 'Hi'}]%s}";
    JsonNode chat = server.json("/tokenize", TestServer.fill(messages, ""));
    assertEquals(23, chat.get("count").asInt(), "no special tokens are added to a template's text");
    JsonNode bare =
        server.json("/tokenize", TestServer.fill(messages, ", 'add_generation_prompt': false"));
    assertEquals(12, bare.get("count").asInt());
  }

  @Test
  void shouldDetokenise() throws Exception {
    assertEquals(
        "{\"prompt\":\"<s>Hi\"}",
        server.json("/detokenize", "{'tokens': [256, 72, 105]}").toString());
    assertEquals("{\"prompt\":\"\"}", server.json("/detokenize", "{'tokens': []}").toString());
  }

  @Test
  void shouldRefuseChatWithABaseModel() throws Exception {
    server.engine.template = false;
    HttpResponse<String> response =
        server.post("/v1/chat/completions", "{'messages': [{'role': 'user', 'content': 'y'}]}");
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("use /v1/completions"), response.body());
    assertFalse(response.body().contains("/secret"));
  }
}
