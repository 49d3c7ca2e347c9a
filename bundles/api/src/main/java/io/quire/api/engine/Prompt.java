package io.quire.api.engine;

/** What a generation continues. */
public sealed interface Prompt {
  /**
   * Token ids, taken as they are.
   *
   * @param ids at least one; not changed afterwards
   */
  record Tokens(int[] ids) implements Prompt {}

  /**
   * Text, to be tokenised by the model's tokenizer.
   *
   * @param text the text
   * @param addSpecial whether the tokens that the model wants around a prompt are added
   * @param parseSpecial whether text such as {@code <|im_start|>} becomes its token
   */
  record Text(String text, boolean addSpecial, boolean parseSpecial) implements Prompt {}
}
