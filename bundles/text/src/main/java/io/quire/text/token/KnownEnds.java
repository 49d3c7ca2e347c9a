package io.quire.text.token;

import java.util.Set;

/**
 * Control tokens that end a turn or a text in every model that has them. Files often name only one
 * of them as EOS, while the chat template ends turns with another.
 */
public final class KnownEnds {
  private static final Set<String> TEXTS =
      Set.of(
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<|eot|>",
          "<|eom|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<end_of_turn>",
          "<|end_of_text|>",
          "<|endoftext|>",
          "<end_of_utterance>",
          "<|END_OF_TURN_TOKEN|>",
          "<\uFF5Cend\u2581of\u2581sentence\uFF5C>");

  private KnownEnds() {}

  /**
   * Whether a control token ends a generation by its name.
   *
   * @param token its text
   * @return true if it does
   */
  public static boolean contains(String token) {
    return TEXTS.contains(token);
  }
}
