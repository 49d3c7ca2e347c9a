package io.quire.http.request;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.engine.Engine;
import io.quire.api.engine.Prompt;
import io.quire.api.text.ChatTemplate;
import io.quire.api.text.ChatTemplateException;
import io.quire.http.exchange.ApiException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation, to be written as a prompt by the model's template.
 *
 * @param messages the messages
 * @param tools descriptions of tools
 * @param addGenerationPrompt whether the prompt ends where an answer begins
 * @param continueFinal whether the answer continues the last message instead
 * @param addSpecial whether the tokenizer adds what the model wants around a prompt
 * @param variables further variables of the template
 */
public record Conversation(
    List<Map<String, Object>> messages,
    List<Map<String, Object>> tools,
    boolean addGenerationPrompt,
    boolean continueFinal,
    boolean addSpecial,
    Map<String, Object> variables) {
  private static final int MAX_TOOLS = 256;
  private static final int MAX_VARIABLES = 64;

  /** Copies the collections. */
  public Conversation {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    variables = Map.copyOf(variables);
  }

  static Conversation read(Fields f) {
    f.refuse("chat_template", "a template from a request is not run; the model's own is used");
    boolean continueFinal = f.flag("continue_final_message", false);
    boolean generation = f.flag("add_generation_prompt", true);
    if (continueFinal && generation) {
      throw ApiException.invalid(
          "continue_final_message",
          "continue_final_message and add_generation_prompt are both true, but exclude each other;"
              + " set add_generation_prompt to false");
    }
    Map<String, Object> variables = variables(f);
    return new Conversation(
        Messages.read(f),
        tools(f, variables),
        generation,
        continueFinal,
        f.flag("add_special_tokens", false),
        variables);
  }

  private static Map<String, Object> variables(Fields f) {
    Map<String, Object> variables = new LinkedHashMap<>();
    f.child("chat_template_kwargs")
        .ifPresent(given -> {
          if (given.object().size() > MAX_VARIABLES) {
            throw ApiException.invalid(
                "chat_template_kwargs",
                "chat_template_kwargs has "
                    + given.object().size()
                    + " entries, but at most "
                    + MAX_VARIABLES
                    + " are allowed");
          }
          given
              .object()
              .properties()
              .forEach(e -> variables.put(e.getKey(), Messages.plain(e.getValue())));
        });
    return variables;
  }

  private static List<Map<String, Object>> tools(Fields f, Map<String, Object> variables) {
    List<Map<String, Object>> tools =
        f.list(
            "tools",
            MAX_TOOLS,
            (name, value) -> {
              Fields.requireType(value.isObject(), name, value, "an object");
              Map<String, Object> tool = new LinkedHashMap<>();
              value.properties().forEach(e -> tool.put(e.getKey(), Messages.plain(e.getValue())));
              return tool;
            });
    if (f.find("tool_choice").isEmpty()) {
      return tools;
    }
    JsonNode choice = f.find("tool_choice").get();
    Fields.requireType(
        choice.isTextual() || choice.isObject(), "tool_choice", choice, "a string or an object");
    if (choice.isTextual() && choice.textValue().equals("none")) {
      return List.of();
    }
    variables.putIfAbsent("tool_choice", Messages.plain(choice));
    return tools;
  }

  /**
   * Writes the prompt.
   *
   * @param engine whose template and tokenizer
   * @return the prompt
   * @throws ApiException 400 if the model has no template, or its template refuses
   */
  public Prompt.Text prompt(Engine engine) {
    ChatTemplate template =
        engine
            .chatTemplate()
            .orElseThrow(() ->
                ApiException.invalid(
                    "model",
                    "the model '"
                        + engine.info().name()
                        + "' has no chat template, it is a base"
                        + " model; use /v1/completions"));
    try {
      String text = template.render(messages, tools, addGenerationPrompt, variables);
      return new Prompt.Text(continueFinal ? cut(text) : text, addSpecial, true);
    } catch (ChatTemplateException e) {
      throw ApiException.invalid(
          "messages", "the model's chat template refuses this conversation: " + e.getMessage());
    }
  }

  /** The text up to the end of the last message, without what the template closes it with. */
  private String cut(String text) {
    String last = ((String) messages.getLast().get("content")).strip();
    int at = text.lastIndexOf(last);
    if (at < 0) {
      throw ApiException.invalid(
          "continue_final_message",
          "the model's chat template changes the last message, so it cannot be continued");
    }
    return text.substring(0, at + last.length());
  }
}
