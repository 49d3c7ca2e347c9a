package io.quire.text.jinja;

import io.quire.api.text.ChatTemplate;
import io.quire.api.text.ChatTemplateException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A compiled template. Its statements are immutable; each rendering has its own interpreter. */
final class JinjaChatTemplate implements ChatTemplate {
  private final List<Stmt> statements;
  private final Map<String, String> specialTokens;
  private final Clock clock;

  JinjaChatTemplate(List<Stmt> statements, Map<String, String> specialTokens, Clock clock) {
    this.statements = statements;
    this.specialTokens = Map.copyOf(specialTokens);
    this.clock = clock;
  }

  @Override
  public String render(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> variables) {
    Map<String, Object> all = new HashMap<>();
    Globals.addTo(all);
    all.putAll(specialTokens);
    all.put("documents", Values.NONE);
    variables.forEach((name, value) -> all.put(name, Inputs.copy(value)));
    all.put("messages", Inputs.copy(messages));
    all.put("tools", tools.isEmpty() ? Values.NONE : Inputs.copy(tools));
    all.put("add_generation_prompt", addGenerationPrompt);
    return render(all);
  }

  /** Renders with exactly these variables. */
  String render(Map<String, Object> variables) {
    try {
      return new Interpreter(new Runtime(new Budget(), clock)).render(statements, variables);
    } catch (StackOverflowError e) {
      // The depth limit fits an ordinary stack; a caller's thread may have less of it left.
      throw new ChatTemplateException(
          "chat template: the rendering nests too deeply for the stack of its thread");
    }
  }
}
