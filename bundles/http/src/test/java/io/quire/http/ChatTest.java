package io.quire.http;

import static io.quire.http.TestServer.fill;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.engine.Prompt;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatTest {
  private static final String PATH = "/v1/chat/completions";
  private static final String HI = "'messages': [{'role': 'user', 'content': 'Hi'}]";
  private final TestServer server = new TestServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private String prompt(String body) throws Exception {
    server.json(PATH, body);
    Prompt.Text prompt = (Prompt.Text) server.engine.requests.getLast().prompt();
    assertTrue(prompt.parseSpecial());
    return prompt.text();
  }

  @Test
  void shouldAnswerAsOpenAiDoes() throws Exception {
    assertEquals(
        "{\"id\":\"chatcmpl-000000000000002a000000000000002b\",\"object\":\"chat.completion\","
            + "\"created\":99,\"model\":\"m\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,"
            + "\"message\":{\"role\":\"assistant\",\"content\":\"Hello\",\"refusal\":null},"
            + "\"logprobs\":null,\"finish_reason\":\"length\",\"stop_reason\":null}],"
            + "\"usage\":{\"prompt_tokens\":23,\"completion_tokens\":5,\"total_tokens\":28,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":1}}}",
        server.json(PATH, "{'model': 'm', " + HI + "}").toString());
    assertEquals(-1, server.engine.requests.getLast().maxTokens(), "as many as fit");
  }

  @Test
  void shouldStreamRoleThenTextThenReasonThenUsage() throws Exception {
    List<JsonNode> events =
        server.events(
            PATH,
            "{"
                + HI
                + ", 'max_completion_tokens': 3, 'max_tokens': 1, 'n': 2, 'stream': true,"
                + " 'stream_options': {'include_usage': true}}");
    List<String> roles = new ArrayList<>();
    StringBuilder second = new StringBuilder();
    List<String> reasons = new ArrayList<>();
    for (JsonNode event : events.subList(0, events.size() - 1)) {
      assertEquals("chat.completion.chunk", event.get("object").asText());
      JsonNode choice = event.get("choices").get(0);
      if (choice.get("delta").has("role")) {
        assertTrue(second.isEmpty(), "the role comes first");
        roles.add(choice.get("delta").toString());
      } else if (!choice.get("finish_reason").isNull()) {
        assertEquals("{}", choice.get("delta").toString());
        reasons.add(choice.get("index") + choice.get("finish_reason").asText());
      } else if (choice.get("index").asInt() == 1) {
        second.append(choice.get("delta").get("content").asText());
      }
    }
    String role = "{\"role\":\"assistant\",\"content\":\"\"}";
    assertEquals(List.of(role, role), roles);
    assertEquals("Hel", second.toString());
    assertEquals(List.of("0length", "1length"), reasons);
    JsonNode last = events.getLast();
    assertEquals("[]", last.get("choices").toString());
    assertEquals(6, last.get("usage").get("completion_tokens").asInt());
  }

  @Test
  void shouldGiveLogprobsWithBytes() throws Exception {
    String body = "{" + HI + ", 'max_tokens': 1, 'logprobs': true%s, 'stream': %s}";
    String expected =
        "{\"content\":[{\"token\":\"H\",\"logprob\":-1.5,\"bytes\":[72],\"top_logprobs\":["
            + "{\"token\":\"z\",\"logprob\":-0.25,\"bytes\":[122]}]}],\"refusal\":null}";
    JsonNode whole = server.json(PATH, fill(body, ", 'top_logprobs': 1", "false"));
    assertEquals(expected, whole.get("choices").get(0).get("logprobs").toString());
    JsonNode delta = server.events(PATH, fill(body, ", 'top_logprobs': 1", "true")).get(1);
    assertEquals(expected, delta.get("choices").get(0).get("logprobs").toString());
    JsonNode none = server.json(PATH, fill(body, "", "false"));
    assertEquals(
        "[]",
        none.at("/choices/0/logprobs/content/0/top_logprobs").toString(),
        "logprobs without alternatives");
  }

  @Test
  void shouldWriteThePromptByTheModelsTemplate() throws Exception {
    assertEquals("<user>Hi</>\n<assistant>", prompt("{" + HI + "}"));
    assertEquals("<user>Hi</>\n", prompt("{" + HI + ", 'add_generation_prompt': false}"));
    assertEquals(
        "<user>Hi</>\n<assistant>Well",
        prompt(
            "{'messages': [{'role': 'user', 'content': 'Hi'},"
                + "{'role': 'assistant', 'content': 'Well '}],"
                + " 'add_generation_prompt': false, 'continue_final_message': true}"));
    assertEquals(
        "{thinking=true}\n<user>a\nb</>\n<assistant>",
        prompt(
            "{'messages': [{'role': 'user', 'content':"
                + " [{'type': 'text', 'text': 'a'}, {'type': 'text', 'text': 'b'}]}],"
                + " 'chat_template_kwargs': {'thinking': true}}"));
  }

  @Test
  void shouldHandToolsToTheTemplate() throws Exception {
    String tools = ", 'tools': [{'type': 'function', 'function': {'name': 'f', 'x': null}}]";
    assertEquals(
        "tools:1\n{tool_choice=auto}\n<user>Hi</>\n<assistant>",
        prompt("{" + HI + tools + ", 'tool_choice': 'auto'}"));
    assertEquals("<user>Hi</>\n<assistant>", prompt("{" + HI + tools + ", 'tool_choice': 'none'}"));
    assertEquals(
        "<assistant>[{function={name=f, arguments={a=1}}}]</>\n<tool>2</>\n<assistant>",
        prompt(
            "{'messages': [{'role': 'assistant', 'content': null, 'tool_calls':"
                + " [{'function': {'name': 'f', 'arguments': '{\\u0022a\\u0022: 1}'}}]},"
                + " {'role': 'tool', 'content': '2', 'tool_call_id': 'c'}]}"));
  }

  @Test
  void shouldReturnTokenIdsInTheFirstEventOnly() throws Exception {
    String body = "{" + HI + ", 'max_tokens': 2, 'return_token_ids': true, 'stream': %s}";
    JsonNode whole = server.json(PATH, fill(body, "false"));
    assertEquals(23, whole.get("prompt_token_ids").size());
    assertEquals("[72,101]", whole.get("choices").get(0).get("token_ids").toString());
    List<JsonNode> events = server.events(PATH, fill(body, "true"));
    assertEquals(23, events.getFirst().get("prompt_token_ids").size());
    List<Integer> ids = new ArrayList<>();
    for (JsonNode event : events.subList(1, events.size())) {
      assertFalse(event.has("prompt_token_ids"));
      event.at("/choices/0/token_ids").forEach(id -> ids.add(id.asInt()));
    }
    assertEquals(List.of(72, 101), ids);
  }
}
