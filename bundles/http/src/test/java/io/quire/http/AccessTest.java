package io.quire.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.http.exchange.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may ask, in which form, and where. */
class AccessTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static void checkError(HttpResponse<String> response, int status, String code)
      throws Exception {
    assertEquals(status, response.statusCode(), response.body());
    JsonNode error = TestServer.parseOne(response.body()).get("error");
    assertEquals(code, error.get("code").asText());
    assertFalse(error.get("message").asText().isEmpty());
    assertTrue(error.has("param") && error.has("type"));
  }

  @Test
  void shouldAskForAKeyWhereOneIsConfigured(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("keys");
    Files.writeString(file, "\n  first-key  \nsecond-key\n");
    try (TestServer server =
        new TestServer(new Settings(Optional.of(file), Set.of(), LONG, LONG, 10))) {
      checkError(server.get("/v1/models"), 401, "invalid_api_key");
      checkError(server.get("/tokenize"), 401, "invalid_api_key");
      checkError(server.get("/nowhere"), 401, "invalid_api_key");
      assertEquals(
          "Bearer", server.get("/v1/models").headers().firstValue("WWW-Authenticate").orElse(""));
      for (String open : new String[] {"/health", "/ping", "/version"}) {
        assertEquals(200, server.get(open).statusCode(), open);
      }
      checkError(withKey(server, "Bearer wrong"), 401, "invalid_api_key");
      checkError(withKey(server, "Bearer "), 401, "invalid_api_key");
      checkError(withKey(server, "Basic first-key"), 401, "invalid_api_key");
      assertEquals(200, withKey(server, "Bearer first-key").statusCode());
      assertEquals(200, withKey(server, "bearer second-key").statusCode());
      Files.writeString(file, "another-key-instead\n");
      checkError(withKey(server, "Bearer first-key"), 401, "invalid_api_key");
      assertEquals(200, withKey(server, "Bearer another-key-instead").statusCode());
      Files.delete(file);
      checkError(withKey(server, "Bearer another-key-instead"), 401, "invalid_api_key");
    }
  }

  private static HttpResponse<String> withKey(TestServer server, String authorization)
      throws Exception {
    return server.send(server.request("/v1/models").header("Authorization", authorization).build());
  }

  @Test
  void shouldLetOnlyConfiguredOriginsIn() throws Exception {
    Settings open = new Settings(Optional.empty(), Set.of("https://a.example"), LONG, LONG, 10);
    try (TestServer server = new TestServer(open);
        TestServer closed = new TestServer()) {
      assertEquals("https://a.example", allowed(preflight(server, "https://a.example")));
      assertEquals(204, preflight(server, "https://a.example").statusCode());
      assertEquals("", allowed(preflight(server, "https://b.example")));
      assertEquals("", allowed(preflight(closed, "https://a.example")));
      checkError(preflight(closed, "https://a.example"), 405, "method_not_allowed");
      HttpResponse<String> simple =
          server.send(server.request("/v1/models").header("Origin", "https://a.example").build());
      assertEquals(200, simple.statusCode());
      assertEquals("https://a.example", allowed(simple));
    }
  }

  private static HttpResponse<String> preflight(TestServer server, String origin) throws Exception {
    return server.send(
        server
            .request("/v1/completions")
            .method("OPTIONS", BodyPublishers.noBody())
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type")
            .build());
  }

  private static String allowed(HttpResponse<String> response) {
    return response.headers().firstValue("Access-Control-Allow-Origin").orElse("");
  }

  @ParameterizedTest
  @CsvSource({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "''"})
  void shouldRefuseABodyThatAPageCouldSendWithoutAsking(String type) throws Exception {
    try (TestServer server = new TestServer()) {
      var request =
          server.request("/v1/completions").POST(BodyPublishers.ofString("{\"prompt\": \"x\"}"));
      if (!type.isEmpty()) {
        request.header("Content-Type", type);
      }
      checkError(server.send(request.build()), 415, "unsupported_media_type");
    }
  }

  @Test
  void shouldTakeAContentTypeWithACharset() throws Exception {
    try (TestServer server = new TestServer()) {
      var request =
          server
              .request("/v1/completions")
              .header("Content-Type", "Application/JSON; charset=utf-8")
              .POST(BodyPublishers.ofString("{\"prompt\": \"x\"}"));
      assertEquals(200, server.send(request.build()).statusCode());
      request.header("Content-Encoding", "gzip");
      checkError(server.send(request.build()), 415, "unsupported_media_type");
    }
  }

  @Test
  void shouldRefuseABodyThatIsTooLong() throws Exception {
    try (TestServer server = new TestServer()) {
      String most = "{'prompt': 'x'}" + " ".repeat(Json.MAX_BYTES - 15);
      assertEquals(200, server.post("/v1/completions", most).statusCode());
      checkError(server.post("/v1/completions", most + " "), 413, "request_too_large");
      checkError(
          server.post("/v1/completions", most + " ".repeat(1 << 20)), 413, "request_too_large");
      assertEquals(1, server.engine.requests.size());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /nowhere, 404, not_found, ''",
    "POST, /v1, 404, not_found, ''",
    "GET, /v1/models/, 404, not_found, ''",
    "GET, /v1/completions/x, 404, not_found, ''",
    "GET, /v1/completions, 405, method_not_allowed, POST",
    "DELETE, /v1/models/m, 405, method_not_allowed, GET",
    "POST, /v1/models, 405, method_not_allowed, GET",
    "PUT, /ping, 405, method_not_allowed, 'GET, POST'",
    "GET, /tokenize, 405, method_not_allowed, POST"
  })
  void shouldAnswerUnknownRoutesInTheApisWords(
      String method, String path, int status, String code, String allow) throws Exception {
    try (TestServer server = new TestServer()) {
      HttpResponse<String> response =
          server.send(server.request(path).method(method, BodyPublishers.noBody()).build());
      checkError(response, status, code);
      assertEquals(allow, response.headers().firstValue("Allow").orElse(""));
    }
  }
}
