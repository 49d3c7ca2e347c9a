package io.quire.text.split;

import io.quire.text.token.Place;

/** What the step {@code ByteLevel} does besides writing bytes as characters. */
public final class ByteLevelSplit implements PreTokenizer {
  private final boolean prefixSpace;
  private final PreTokenizer cut;

  /**
   * Creates one.
   *
   * @param prefixSpace whether a space is put before text that does not begin with one
   * @param useRegex whether words are cut by GPT-2's pattern
   */
  public ByteLevelSplit(boolean prefixSpace, boolean useRegex) {
    this.prefixSpace = prefixSpace;
    this.cut = useRegex ? PatternSplit.isolated(KnownPreTokenizers.GPT2) : PreTokenizer.WHOLE;
  }

  @Override
  public void split(String text, Place place, Words words) {
    cut.split(prefixSpace && !text.startsWith(" ") ? " " + text : text, place, words);
  }
}
