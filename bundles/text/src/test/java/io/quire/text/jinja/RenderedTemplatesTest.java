package io.quire.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.text.ChatTemplateException;
import io.quire.testkit.References;
import io.quire.testkit.TestModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole templates against what Python's jinja2 rendered; see render_templates.py. */
class RenderedTemplatesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "arithmetic",
        "call_blocks",
        "call_blocks_with_arguments",
        "chatml",
        "content_parts",
        "crlf",
        "dates",
        "defaults",
        "documents",
        "filters",
        "generation_tags",
        "header_style",
        "inst_alternation",
        "loop_controls",
        "neighbours",
        "nested_macros",
        "python_text",
        "reasoning",
        "recursive_loops",
        "refusals",
        "schema_macros",
        "scopes",
        "string_methods",
        "system_hoisting",
        "tojson_layouts",
        "tool_calls",
        "turns_with_parts",
        "whitespace"
      })
  void shouldRenderAsPythonDoes(String name) {
    JinjaChatTemplate template = Cases.compile(Cases.text(name + ".jinja"));
    JsonNode inputs = Cases.json(Cases.text(name + ".json"));
    JsonNode expected = Cases.json(Cases.text(name + ".expected.json"));
    assertEquals(inputs.size(), expected.size(), "cases of " + name);
    for (int i = 0; i < inputs.size(); i++) {
      JsonNode wanted = expected.get(i);
      JsonNode input = inputs.get(i);
      String label = name + " case " + i;
      if (wanted.has("text")) {
        assertEquals(wanted.get("text").asText(), render(template, input), label);
      } else {
        ChatTemplateException e =
            assertThrows(ChatTemplateException.class, () -> render(template, input), label);
        String reason = wanted.get("error").asText().replaceFirst("^TemplateError: ", "");
        assertTrue(e.getMessage().contains(reason), label + ": " + e.getMessage());
      }
    }
  }

  private static String render(JinjaChatTemplate template, JsonNode input) {
    Map<String, Object> variables = Cases.map(input);
    variables.remove("messages");
    variables.remove("tools");
    variables.remove("add_generation_prompt");
    return template.render(
        Cases.maps(input.get("messages")),
        Cases.maps(input.path("tools")),
        input.path("add_generation_prompt").asBoolean(),
        variables);
  }

  @Test
  void shouldRenderEveryReferenceConversationOfSmollm2() throws IOException {
    String source = metadata("tokenizer.chat_template");
    JinjaChatTemplate template = Cases.compile(source);
    List<JsonNode> lines = References.lines(References.SMOLLM2, "chat.jsonl");
    assertTrue(lines.size() >= 20, "conversations: " + lines.size());
    List<String> different = new ArrayList<>();
    for (JsonNode line : lines) {
      String rendered = render(template, line);
      if (!rendered.equals(line.get("text").asText())) {
        different.add(rendered);
      }
    }
    assertEquals(List.of(), different);
  }

  /** Finds a string in the metadata of SmolLM2's GGUF by its key, without reading all of it. */
  private static String metadata(String key) throws IOException {
    try (FileChannel file = FileChannel.open(TestModels.smollm2())) {
      ByteBuffer head = ByteBuffer.allocate(8 << 20).order(ByteOrder.LITTLE_ENDIAN);
      while (head.hasRemaining() && file.read(head) >= 0) {
        continue;
      }
      String text = new String(head.array(), StandardCharsets.ISO_8859_1);
      int at = text.indexOf(key) + key.length();
      assertEquals(8, head.getInt(at), "GGUF type of " + key + ", where 8 is a string");
      int length = Math.toIntExact(head.getLong(at + 4));
      return new String(head.array(), at + 12, length, StandardCharsets.UTF_8);
    }
  }
}
