package io.quire.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.text.ChatTemplateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Hundreds of small templates against what Python's jinja2 gave for them. */
class ExpressionsTest {
  private static final String ERROR = "an error";

  @Test
  void shouldGiveWhatPythonGives() {
    List<String> lines = Cases.text("expressions.jsonl").lines().toList();
    Map<String, Object> variables = Cases.map(Cases.json(lines.getFirst()).get("variables"));
    List<String> wrong = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      JsonNode expected = Cases.json(line);
      String source = expected.get("source").asText();
      String wanted = expected.has("text") ? expected.get("text").asText() : ERROR;
      String got;
      String message = "";
      try {
        got = Cases.render(source, variables);
      } catch (ChatTemplateException e) {
        got = ERROR;
        message = " (" + e.getMessage() + ")";
        assertTrue(e.getMessage().contains("line 1, column "), source + message);
      }
      if (!got.equals(wanted)) {
        wrong.add(source + "\n  wanted " + wanted + "\n  got    " + got + message);
      }
    }
    assertTrue(lines.size() > 600, "expressions: " + lines.size());
    assertEquals("", String.join("\n", wrong));
  }
}
