package io.quire.http;

import static io.quire.http.TestServer.fill;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionTest {
  private static final String PATH = "/v1/completions";
  private final TestServer server = new TestServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private GenerationRequest asked() {
    return server.engine.requests.getLast();
  }

  @Test
  void shouldAnswerAsOpenAiDoes() throws Exception {
    JsonNode answer = server.json(PATH, "{'model': 'm', 'prompt': 'Say', 'max_tokens': 9}");
    assertEquals(
        "{\"id\":\"cmpl-000000000000002a000000000000002b\",\"object\":\"text_completion\","
            + "\"created\":99,\"model\":\"m\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,"
            + "\"text\":\"Hello\",\"logprobs\":null,\"finish_reason\":\"stop\",\"stop_reason\":null}],"
            + "\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":5,\"total_tokens\":9,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":1}}}",
        answer.toString());
  }

  @Test
  void shouldTakeOpenAisDefaults() throws Exception {
    server.json(PATH, "{'prompt': 'Say'}");
    assertEquals(16, asked().maxTokens());
    assertEquals(1, asked().choices());
    assertEquals(1f, asked().sampling().temperature());
    assertEquals(1f, asked().sampling().topP());
    assertEquals(-1, asked().sampling().logprobs());
    assertTrue(asked().skipSpecial());
    assertEquals(new Prompt.Text("Say", true, true), asked().prompt());
    long seed = asked().sampling().seed();
    server.json(PATH, "{'prompt': 'Say'}");
    assertNotEquals(seed, asked().sampling().seed(), "a request without a seed gets its own");
  }

  @Test
  void shouldPassEveryParameterOn() throws Exception {
    server.json(
        PATH,
        "{'prompt': 'Say', 'n': 2, 'best_of': 2, 'max_tokens': 7, 'min_tokens': 3, 'seed': -5,"
            + " 'temperature': 0.5, 'top_p': 0.25, 'top_k': 40, 'min_p': 0.125,"
            + " 'repetition_penalty': 1.5, 'presence_penalty': -1, 'frequency_penalty': 2,"
            + " 'logit_bias': {'65': 1.5, '7': -100}, 'stop': ['x', 'yy'], 'stop_token_ids': [1, 2],"
            + " 'include_stop_str_in_output': true, 'ignore_eos': true,"
            + " 'skip_special_tokens': false, 'spaces_between_special_tokens': false,"
            + " 'priority': -3, 'cache_salt': 'mine', 'user': 'u', 'metadata': {'a': 'b'},"
            + " 'add_special_tokens': false, 'something_new': [1], 'logprobs': null}");
    GenerationRequest r = asked();
    assertEquals(2, r.choices());
    assertEquals(7, r.maxTokens());
    assertEquals(3, r.minTokens());
    assertEquals(List.of("x", "yy"), r.stop());
    assertEquals(List.of(1, 2), r.stopTokens());
    assertTrue(r.includeStop() && r.ignoreEnd() && !r.skipSpecial());
    assertEquals(-3, r.priority());
    assertEquals("mine", r.cacheSalt());
    assertEquals(new Prompt.Text("Say", false, true), r.prompt());
    assertEquals(
        new io.quire.api.device.SamplingParams(
            0.5f, 40, 0.25f, 0.125f, 1.5f, 2, -1, Map.of(65, 1.5f, 7, -100f), -5, -1),
        r.sampling());
  }

  @Test
  void shouldNumberChoicesPromptByPrompt() throws Exception {
    server.engine.script =
        g -> {
          g.start();
          String prompt = ((Prompt.Text) g.request.prompt()).text();
          for (int i = 1; i >= 0; i--) {
            g.say(i, prompt + i);
            g.end(i, FinishReason.LENGTH, "");
          }
          g.complete();
        };
    String body = "{'prompt': ['a', 'b', 'c'], 'n': 2, 'stream': %s}";
    JsonNode choices = server.json(PATH, fill(body, "false")).get("choices");
    List<String> expected = List.of("a0", "a1", "b0", "b1", "c0", "c1");
    assertEquals(expected, choices.findValuesAsText("text"));
    for (int i = 0; i < 6; i++) {
      assertEquals(i, choices.get(i).get("index").asInt());
    }
    String[] texts = {"", "", "", "", "", ""};
    for (JsonNode event : server.events(PATH, fill(body, "true"))) {
      JsonNode choice = event.get("choices").get(0);
      texts[choice.get("index").asInt()] += choice.get("text").asText();
    }
    assertArrayEquals(expected.toArray(), texts);
  }

  @Test
  void shouldTakeTokensAndListsOfThem() throws Exception {
    server.json(PATH, "{'prompt': [72, 105]}");
    assertArrayEquals(new int[] {72, 105}, ((Prompt.Tokens) asked().prompt()).ids());
    JsonNode answer =
        server.json(PATH, "{'prompt': [[72, 105], [65]], 'echo': true, 'max_tokens': 5}");
    assertEquals(List.of("HiHello", "AHello"), answer.get("choices").findValuesAsText("text"));
    assertEquals(3, answer.get("usage").get("prompt_tokens").asInt());
  }

  @Test
  void shouldGiveLogprobsOfTokensAndOffsets() throws Exception {
    JsonNode answer = server.json(PATH, "{'prompt': 'x', 'max_tokens': 2, 'logprobs': 1}");
    assertEquals(
        "{\"text_offset\":[0,1],\"token_logprobs\":[-1.5,-1.5],\"tokens\":[\"H\",\"e\"],"
            + "\"top_logprobs\":[{\"z\":-0.25,\"H\":-1.5},{\"z\":-0.25,\"e\":-1.5}]}",
        answer.get("choices").get(0).get("logprobs").toString());
    assertEquals(1, asked().sampling().logprobs());
    JsonNode zero = server.json(PATH, "{'prompt': 'x', 'max_tokens': 1, 'logprobs': 0}");
    assertEquals(
        "[{\"H\":-1.5}]",
        zero.get("choices").get(0).get("logprobs").get("top_logprobs").toString());
  }

  @Test
  void shouldScoreAPromptWithoutGenerating() throws Exception {
    JsonNode answer =
        server.json(PATH, "{'prompt': 'ab', 'max_tokens': 0, 'echo': true, 'logprobs': 1}");
    JsonNode choice = answer.get("choices").get(0);
    assertEquals("ab", choice.get("text").asText());
    assertEquals(
        "{\"text_offset\":[0,3,4],\"token_logprobs\":[null,-1.5,-1.5],"
            + "\"tokens\":[\"<s>\",\"a\",\"b\"],"
            + "\"top_logprobs\":[null,{\"z\":-0.25,\"a\":-1.5},{\"z\":-0.25,\"b\":-1.5}]}",
        choice.get("logprobs").toString());
    assertTrue(asked().promptLogprobs());
    assertEquals(0, asked().maxTokens());
  }

  @Test
  void shouldJoinPromptAndAnswerWhenEchoing() throws Exception {
    String body = "{'prompt': 'ab', 'max_tokens': 2, 'echo': true, 'logprobs': 0, 'stream': %s}";
    JsonNode whole = server.json(PATH, fill(body, "false")).get("choices").get(0);
    assertEquals("abHe", whole.get("text").asText());
    StringBuilder text = new StringBuilder();
    StringBuilder offsets = new StringBuilder();
    for (JsonNode event : server.events(PATH, fill(body, "true"))) {
      JsonNode choice = event.get("choices").get(0);
      text.append(choice.get("text").asText());
      choice.get("logprobs").path("text_offset").forEach(o -> offsets.append(o.asInt()));
    }
    assertEquals("abHe", text.toString());
    assertEquals("03456", offsets.toString(), "offsets run on from event to event");
    assertEquals("[0,3,4,5,6]", whole.get("logprobs").get("text_offset").toString());
  }

  @Test
  void shouldSayWhatStoppedAChoice() throws Exception {
    server.engine.script =
        g -> {
          g.start();
          g.end(0, FinishReason.STOP, "7");
          g.complete();
        };
    String body = "{'prompt': 'x', 'stop': %s, 'stop_token_ids': [7]}";
    JsonNode string = server.json(PATH, fill(body, "'7'")).get("choices").get(0);
    assertEquals("\"7\"", string.get("stop_reason").toString());
    JsonNode token = server.json(PATH, fill(body, "'8'")).get("choices").get(0);
    assertEquals("7", token.get("stop_reason").toString());
    assertEquals("stop", token.get("finish_reason").asText());
  }

  @Test
  void shouldReturnTokenIds() throws Exception {
    String body = "{'prompt': 'a', 'max_tokens': 2, 'return_token_ids': true, 'stream': %s}";
    JsonNode choice = server.json(PATH, fill(body, "false")).get("choices").get(0);
    assertEquals("[256,97]", choice.get("prompt_token_ids").toString());
    assertEquals("[72,101]", choice.get("token_ids").toString());
    List<JsonNode> events = server.events(PATH, fill(body, "true"));
    JsonNode first = events.getFirst().get("choices").get(0);
    assertEquals("[256,97]", first.get("prompt_token_ids").toString());
    for (JsonNode event : events.subList(1, events.size())) {
      assertFalse(event.get("choices").get(0).has("prompt_token_ids"), "only the first has them");
    }
  }

  @Test
  void shouldNameTokensByIdIfAsked() throws Exception {
    JsonNode answer =
        server.json(
            PATH,
            "{'prompt': 'a', 'max_tokens': 1, 'logprobs': 1, 'return_tokens_as_token_ids': true}");
    JsonNode logprobs = answer.get("choices").get(0).get("logprobs");
    assertEquals("[\"token_id:72\"]", logprobs.get("tokens").toString());
  }

  @Test
  void shouldStreamUsageWhereItIsAskedFor() throws Exception {
    String body = "{'prompt': 'a', 'max_tokens': 2, 'stream': true%s}";
    List<JsonNode> plain = server.events(PATH, fill(body, ""));
    assertTrue(plain.stream().noneMatch(event -> event.has("usage")));
    List<JsonNode> atEnd =
        server.events(PATH, fill(body, ", 'stream_options': {'include_usage': true}"));
    assertTrue(atEnd.getFirst().get("usage").isNull());
    assertEquals("[]", atEnd.getLast().get("choices").toString());
    assertEquals(4, atEnd.getLast().get("usage").get("total_tokens").asInt());
    List<JsonNode> always =
        server.events(
            PATH,
            fill(
                body,
                ", 'stream_options': {'include_usage': true, 'continuous_usage_stats': true}"));
    JsonNode last = always.get(always.size() - 2);
    assertEquals(2, last.get("usage").get("completion_tokens").asInt());
    assertEquals(2, last.get("usage").get("prompt_tokens").asInt());
  }

  @Test
  void shouldEchoHalfASurrogatePairWithoutFailing() throws Exception {
    JsonNode answer = server.json(PATH, "{'prompt': 'a\\ud800b', 'max_tokens': 0, 'echo': true}");
    assertEquals("a?b", answer.get("choices").get(0).get("text").asText());
  }
}
