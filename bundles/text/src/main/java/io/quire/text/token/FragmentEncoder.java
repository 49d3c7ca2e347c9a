package io.quire.text.token;

/** Turns text without added tokens into ids. Safe for use by several threads. */
@FunctionalInterface
public interface FragmentEncoder {
  /**
   * Encodes a fragment.
   *
   * @param fragment not empty, without lone surrogates
   * @param place where it stands in the whole text
   * @param out takes the ids
   */
  void encode(String fragment, Place place, Ids out);
}
