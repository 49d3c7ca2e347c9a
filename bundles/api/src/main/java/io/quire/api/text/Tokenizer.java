package io.quire.api.text;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A model's vocabulary: text to token ids and back. Immutable and safe for use by several threads.
 */
@ProviderType
public interface Tokenizer {
  /** {@return the number of token ids, from 0} */
  int vocabularySize();

  /**
   * Splits text into tokens.
   *
   * @param text any text; lone surrogates become U+FFFD
   * @param addSpecial whether the tokens that the model wants around a prompt (such as BOS) are
   *     added
   * @param parseSpecial whether text such as {@code <|im_start|>} becomes its token, or stays plain
   *     text
   * @return token ids
   */
  int[] encode(String text, boolean addSpecial, boolean parseSpecial);

  /**
   * Joins tokens to text. Bytes that are no UTF-8 become U+FFFD.
   *
   * @param ids token ids; one outside the vocabulary is an error
   * @param skipSpecial whether control tokens are left out
   * @return the text
   * @throws IllegalArgumentException if an id is outside the vocabulary
   */
  String decode(int[] ids, boolean skipSpecial);

  /**
   * Starts an incremental decoding, as a stream of tokens arrives.
   *
   * @param options what to leave out and where to stop
   * @return a stream for one sequence, for one thread at a time
   */
  TextStream stream(StreamOptions options);

  /**
   * The text of one token as listings show it, such as {@code " the"}; bytes that are no UTF-8 as
   * U+FFFD.
   *
   * @param id a token id
   * @return its text
   */
  String text(int id);

  /**
   * The bytes that one token stands for in a text.
   *
   * @param id a token id
   * @return a copy of its bytes
   */
  byte[] bytes(int id);

  /** {@return the token that begins a prompt, if the model has one} */
  OptionalInt bos();

  /** {@return the tokens that end a generation, iterating over the model's own end token first} */
  Set<Integer> endOfGeneration();

  /** {@return the control tokens, which {@code skipSpecial} leaves out} */
  Set<Integer> special();

  /**
   * {@return source texts of the model's chat templates, the default first; empty for a base model}
   */
  List<ChatTemplateSource> chatTemplates();

  /**
   * A chat template as the model's file has it.
   *
   * @param name {@code default}, or another name such as {@code tool_use}
   * @param source Jinja text
   */
  record ChatTemplateSource(String name, String source) {}
}
