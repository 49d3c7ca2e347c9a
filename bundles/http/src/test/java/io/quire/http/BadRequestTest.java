package io.quire.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong bodies: each gets 400, the parameter's name, and a message; nothing is submitted. */
class BadRequestTest {
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = new TestServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private void check(String path, String body, String param, String message) throws Exception {
    int before = server.engine.requests.size();
    HttpResponse<String> response = server.post(path, body);
    assertEquals(400, response.statusCode(), response.body());
    assertEquals("application/json", response.headers().firstValue("Content-Type").orElse(""));
    JsonNode error = TestServer.parseOne(response.body()).get("error");
    assertEquals("invalid_request_error", error.get("type").asText());
    assertEquals(
        param, error.get("param").isNull() ? "" : error.get("param").asText(), response.body());
    assertTrue(error.get("message").asText().contains(message), response.body());
    assertTrue(error.has("code"));
    assertEquals(before, server.engine.requests.size(), "nothing is submitted");
  }

  // Fields that completions and chat share, put behind a good prompt.
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'model': 5                              | model | must be a string, but it is the number 5",
        "'model': ['m']                          | model | must be a string, but it is a list",
        "'stream': 'yes'                         | stream | must be true or false",
        "'stream': 1                             | stream | must be true or false",
        "'stream_options': {}                    | stream_options | stream is not true",
        "'stream': true, 'stream_options': 1     | stream_options | must be an object",
        "'stream': true, 'stream_options': {'include_usage': 1} | stream_options.include_usage | true or false",
        "'max_tokens': -1                        | max_tokens | between",
        "'max_tokens': '5'                       | max_tokens | must be an integer, but it is a string",
        "'max_tokens': 1.5                       | max_tokens | must be an integer",
        "'max_tokens': 99999999999               | max_tokens | between",
        "'max_tokens': 1e300                     | max_tokens | integer of at most 64 bits",
        "'max_tokens': true                      | max_tokens | must be an integer, but it is a boolean",
        "'max_tokens': 2, 'min_tokens': 3        | min_tokens | min_tokens is 3 but max_tokens is only 2",
        "'min_tokens': -1                        | min_tokens | between 0",
        "'n': 0                                  | n | n is 0 but must be between 1 and 16",
        "'n': 17                                 | n | n is 17 but must be between 1 and 16",
        "'n': 2, 'best_of': 3                    | best_of | must equal n, which is 2",
        "'temperature': -0.1                     | temperature | between",
        "'temperature': 101                      | temperature | between 0.0 and 100.0",
        "'temperature': 'hot'                    | temperature | must be a number, but it is a string",
        "'temperature': 1e999                    | temperature | between",
        "'top_p': 0                              | top_p | between",
        "'top_p': 1.01                           | top_p | between",
        "'top_p': []                             | top_p | must be a number, but it is a list",
        "'top_k': -2                             | top_k | top_k is -2 but must be between -1",
        "'top_k': 0.5                            | top_k | must be an integer",
        "'min_p': 2                              | min_p | between 0.0 and 1.0",
        "'repetition_penalty': 0                 | repetition_penalty | between",
        "'presence_penalty': 2.5                 | presence_penalty | between -2.0 and 2.0",
        "'frequency_penalty': -3                 | frequency_penalty | between -2.0 and 2.0",
        "'logit_bias': [1]                       | logit_bias | must be an object",
        "'logit_bias': {'x': 1}                  | logit_bias | keys must be token ids",
        "'logit_bias': {'-1': 1}                 | logit_bias | keys must be token ids",
        "'logit_bias': {'1': 101}                | logit_bias.1 | between -100.0 and 100.0",
        "'logit_bias': {'1': 'a'}                | logit_bias.1 | must be a number",
        "'seed': 'x'                             | seed | must be an integer",
        "'seed': 9223372036854775808             | seed | integer of at most 64 bits",
        "'stop': 5                               | stop | must be a list, but it is the number 5",
        "'stop': ['a', 5]                        | stop[1] | must be a string",
        "'stop': ''                              | stop | empty string",
        "'stop': ['a', '']                       | stop | empty string",
        "'stop_token_ids': 5                     | stop_token_ids | must be a list",
        "'stop_token_ids': [-5]                  | stop_token_ids[0] | between 0",
        "'stop_token_ids': ['a']                 | stop_token_ids[0] | must be an integer",
        "'ignore_eos': 0                         | ignore_eos | true or false",
        "'include_stop_str_in_output': 'x'       | include_stop_str_in_output | true or false",
        "'skip_special_tokens': 'x'              | skip_special_tokens | true or false",
        "'spaces_between_special_tokens': 1      | spaces_between_special_tokens | true or false",
        "'return_token_ids': 'x'                 | return_token_ids | true or false",
        "'add_special_tokens': 'x'               | add_special_tokens | true or false",
        "'priority': 'high'                      | priority | must be an integer",
        "'cache_salt': ''                        | cache_salt | cache_salt is empty",
        "'cache_salt': 5                         | cache_salt | must be a string",
        "'user': 5                               | user | must be a string",
        "'metadata': 5                           | metadata | must be an object",
        "'response_format': {'type': 'json_object'} | response_format | only 'text' is offered",
        "'prompt_logprobs': 1                    | prompt_logprobs | not offered",
        "'guided_json': {}                       | guided_json | not offered",
        "'use_beam_search': true                 | use_beam_search | not offered",
        "'logprobs': 'x'                         | logprobs | must be",
      })
  void shouldRefuseSharedFields(String field, String param, String message) throws Exception {
    check("/v1/completions", "{'prompt': 'x', " + field + "}", param, message);
    String messages = "'messages': [{'role': 'user', 'content': 'x'}]";
    check("/v1/chat/completions", "{" + messages + ", " + field + "}", param, message);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{}                                  | prompt | prompt is missing",
        "{'prompt': null}                    | prompt | prompt is missing",
        "{'prompt': 5}                       | prompt | must be a string or a list",
        "{'prompt': {}}                      | prompt | must be a string or a list",
        "{'prompt': []}                      | prompt | empty list",
        "{'prompt': [[]]}                    | prompt[0] | empty list",
        "{'prompt': ['a', 5]}                | prompt[1] | must be a string",
        "{'prompt': [5, 'a']}                | prompt[1] | must be an integer",
        "{'prompt': [5, -1]}                 | prompt[1] | between 0",
        "{'prompt': [[5], 'a']}              | prompt[1] | must be a list of token ids",
        "{'prompt': [[5, null]]}             | prompt[0][1] | must be an integer, but it is null",
        "{'prompt': [true]}                  | prompt[0] | must be a list of token ids",
        "{'prompt': 'x', 'max_tokens': 0}    | max_tokens | echo must be true",
        "{'prompt': 'x', 'echo': 'x'}        | echo | true or false",
        "{'prompt': 'x', 'logprobs': 21}     | logprobs | between 0 and 20",
        "{'prompt': 'x', 'logprobs': true}   | logprobs | must be an integer",
        "{'prompt': 'x', 'suffix': 'y'}      | suffix | not offered",
      })
  void shouldRefuseCompletions(String body, String param, String message) throws Exception {
    check("/v1/completions", body, param, message);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{}                                          | messages | missing or empty",
        "{'messages': []}                            | messages | missing or empty",
        "{'messages': 'x'}                           | messages | must be a list",
        "{'messages': ['x']}                         | messages[0] | must be an object",
        "{'messages': [{}]}                          | messages[0].role | role is missing",
        "{'messages': [{'role': 5}]}                 | messages[0].role | must be a string",
        "{'messages': [{'role': 'user'}]}            | messages[0].content | is missing",
        "{'messages': [{'role': 'user', 'content': 5}]} | messages[0].content | string or a list",
        "{'messages': [{'role': 'user', 'content': [5]}]} | messages[0].content[0] | a part such as",
        "{'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}]} | messages[0].content[0].type | only parts of type 'text'",
        "{'messages': [{'role': 'user', 'content': [{'type': 'text'}]}]} | messages[0].content[0].text | must be a string",
        "{'messages': [{'role': 'martian', 'content': 'x'}]} | messages | unknown role martian",
        "{'messages': [{'role': 'assistant', 'tool_calls': 5}]} | messages[0].tool_calls | must be a list",
        "{'messages': [{'role': 'assistant', 'tool_calls': [{'function': {'arguments': '['}}]}]} | \"\" | arguments is not acceptable JSON",
        "{'messages': [{'role': 'assistant', 'tool_calls': [{'function': {'arguments': '5'}}]}]} | messages[0].tool_calls[0].function.arguments | a JSON object in a string",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'tools': {}} | tools | must be a list",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'tools': [5]} | tools[0] | must be an object",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'tool_choice': 5} | tool_choice | a string or an object",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'top_logprobs': 5} | top_logprobs | logprobs is not true",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'logprobs': true, 'top_logprobs': 21} | top_logprobs | between 0 and 20",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'logprobs': 5} | logprobs | true or false",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'max_completion_tokens': 0} | max_completion_tokens | between 1",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'continue_final_message': true} | continue_final_message | exclude each other",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'chat_template': 'x'} | chat_template | not offered",
        "{'messages': [{'role': 'user', 'content': 'x'}], 'chat_template_kwargs': 5} | chat_template_kwargs | must be an object",
      })
  void shouldRefuseChats(String body, String param, String message) throws Exception {
    check("/v1/chat/completions", body, param, message);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/tokenize   | {}                                | prompt | prompt is missing",
        "/tokenize   | {'prompt': 5}                     | prompt | must be a string",
        "/tokenize   | {'prompt': 'x', 'messages': []}   | prompt | both given",
        "/tokenize   | {'messages': []}                  | messages | missing or empty",
        "/detokenize | {}                                | tokens | tokens is missing",
        "/detokenize | {'tokens': 'x'}                   | tokens | must be a list of token ids",
        "/detokenize | {'tokens': [258]}                 | tokens | the id 258, but the vocabulary has only 258",
        "/detokenize | {'tokens': [-1]}                  | tokens[0] | between 0",
      })
  void shouldRefuseTokenising(String path, String body, String param, String message)
      throws Exception {
    check(path, body, param, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void shouldRefuseWhatIsNoAcceptableJson(String body, String message) throws Exception {
    check("/v1/completions", body, "", message);
    check("/v1/chat/completions", body, "", message);
    check("/tokenize", body, "", message);
  }

  static Stream<Arguments> shouldRefuseWhatIsNoAcceptableJson() {
    String deep = "[".repeat(65) + "]".repeat(65);
    String many = "[" + "1,".repeat(2_000_000) + "1]";
    return Stream.of(
        args("", "must be a JSON object"),
        args("nonsense", "not acceptable JSON"),
        args("[1]", "must be a JSON object"),
        args("'text'", "must be a JSON object"),
        args("{'prompt': 'x'", "not acceptable JSON"),
        args("{'prompt': 'x'} {}", "not acceptable JSON"),
        args("{'prompt': 'x', 'prompt': 'y'}", "Duplicate"),
        args("{'prompt': 'x', 'a': NaN}", "not acceptable JSON"),
        args("{'prompt': 'x', 'a': 01}", "not acceptable JSON"),
        args("{'prompt': 'x', 'a': " + "1".repeat(100) + "}", "not acceptable JSON"),
        args("{'prompt': " + deep + "}", "depth"),
        args("{'prompt': " + many + "}", "not acceptable JSON"),
        args("{'" + "k".repeat(2000) + "': 1}", "not acceptable JSON"));
  }

  private static Arguments args(String body, String message) {
    return Arguments.of(
        Named.of("body: " + body.substring(0, Math.min(60, body.length())), body), message);
  }

  @Test
  void shouldBoundEveryList() throws Exception {
    check("/v1/completions", "{'prompt': [" + "'x',".repeat(64) + "'x']}", "prompt", "at most 64");
    String prompt = "{'prompt': 'x', ";
    check("/v1/completions", prompt + "'stop': [" + "'x',".repeat(16) + "'x']}", "stop", "most 16");
    check(
        "/v1/completions",
        prompt + "'stop': '" + "x".repeat(1025) + "'}",
        "stop",
        "1025 characters");
    check(
        "/v1/completions",
        prompt + "'stop_token_ids': [" + "1,".repeat(256) + "1]}",
        "stop_token_ids",
        "most 256");
    StringBuilder biases = new StringBuilder("'0': 0");
    for (int i = 1; i <= 1024; i++) {
      biases.append(", '").append(i).append("': 0");
    }
    check("/v1/completions", prompt + "'logit_bias': {" + biases + "}}", "logit_bias", "most 1024");
    check(
        "/v1/completions", "{'prompt': 'x', 'model': '" + "m".repeat(1025) + "'}", "model", "1024");
    String message = "{'role': 'user', 'content': ''}";
    check(
        "/v1/chat/completions",
        "{'messages': [" + (message + ",").repeat(4096) + message + "]}",
        "messages",
        "at most 4096");
  }

  @Test
  void shouldNameTheNumbersWhenAPromptIsTooLong() throws Exception {
    String body = "{'prompt': '" + "x".repeat(5000) + "'}";
    HttpResponse<String> response = server.post("/v1/completions", body);
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("5001 tokens"), response.body());
    assertTrue(response.body().contains("\"param\":\"prompt\""), response.body());
    HttpResponse<String> chat =
        server.post(
            "/v1/chat/completions",
            "{'messages': [{'role': 'user', 'content': '" + "x".repeat(5000) + "'}]}");
    assertEquals(400, chat.statusCode());
    assertTrue(chat.body().contains("\"param\":\"messages\""), "as the client calls it");
  }
}
