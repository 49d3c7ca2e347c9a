package io.quire.text.bpe;

import io.quire.text.token.Ids;

/** Cuts a word into the ids that merging begins with. Safe for use by several threads. */
@FunctionalInterface
public interface SymbolSource {
  /**
   * Cuts a word.
   *
   * @param word not empty, without lone surrogates
   * @param out takes the ids, possibly none
   */
  void symbols(String word, Ids out);
}
