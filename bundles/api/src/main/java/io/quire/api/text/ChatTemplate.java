package io.quire.api.text;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** A model's way to write a conversation as one text. Safe for use by several threads. */
@ProviderType
public interface ChatTemplate {
  /**
   * Renders a conversation. All values are plain: {@link String}, {@link Boolean}, {@link Long},
   * {@link Double}, {@link List}, {@link Map} with string keys, and {@link JsonNull}.
   *
   * @param messages each with {@code role}, {@code content} and whatever else the template reads
   * @param tools descriptions of tools in OpenAI's form; empty for none, and then {@code tools} is
   *     {@code none} in the template
   * @param addGenerationPrompt whether the text ends where the assistant's answer begins
   * @param variables further variables for the template
   * @return the prompt, to be tokenised with special tokens parsed and none added
   * @throws ChatTemplateException if the template raises, or exceeds its limits on steps, depth or
   *     output
   */
  String render(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> variables);

  /** The JSON value {@code null}, since plain collections do not hold nulls. */
  enum JsonNull {
    /** The only one. */
    NULL
  }
}
