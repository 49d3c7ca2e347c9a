package io.quire.api.text;

import org.osgi.annotation.versioning.ConsumerType;

/** Service: compiles chat templates. */
@ConsumerType
public interface ChatTemplateFactory {
  /**
   * Compiles a template.
   *
   * @param source Jinja text
   * @param tokenizer gives the template its {@code bos_token}, {@code eos_token} and the like
   * @return the template, safe for use by several threads
   * @throws ChatTemplateException if the text is no template; the message has line and column
   */
  ChatTemplate compile(String source, Tokenizer tokenizer);
}
