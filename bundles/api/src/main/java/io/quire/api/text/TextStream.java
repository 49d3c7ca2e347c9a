package io.quire.api.text;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Turns tokens into text as they arrive. Never emits part of a character, and holds text back only
 * while it could be the beginning of a stop string. The deltas and the rest from {@link #finish}
 * join to the decoding of all tokens, cut at the first stop string. One thread at a time.
 */
@ProviderType
public interface TextStream {
  /**
   * Takes the next token.
   *
   * @param id a token id
   * @return the text that is certain now, possibly empty
   * @throws IllegalArgumentException if the id is outside the vocabulary
   * @throws IllegalStateException after a stop string or {@link #finish}
   */
  String append(int id);

  /** {@return the stop string that has ended the text, if one has} */
  Optional<String> stopped();

  /**
   * Ends the text.
   *
   * @return what was held back; an unfinished character becomes U+FFFD; empty if a stop string
   *     ended it
   */
  String finish();
}
