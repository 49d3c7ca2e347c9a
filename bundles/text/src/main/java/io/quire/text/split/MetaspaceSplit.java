package io.quire.text.split;

import io.quire.text.token.Place;

/** Writes spaces as another character, and cuts before each of them. */
public final class MetaspaceSplit implements PreTokenizer {
  /** Where one is put in front of a text that does not begin with it. */
  public enum Prepend {
    /** Of every text. */
    ALWAYS,
    /** Of the text that everything begins with. */
    FIRST,
    /** Nowhere. */
    NEVER
  }

  private final String replacement;
  private final Prepend prepend;
  private final PreTokenizer cut;

  /**
   * Creates one.
   *
   * @param replacement the character that stands for a space
   * @param prepend where one is put in front
   * @param split whether text is cut before each replacement
   */
  public MetaspaceSplit(String replacement, Prepend prepend, boolean split) {
    this.replacement = replacement;
    this.prepend = prepend;
    this.cut =
        split
            ? new PatternSplit(
                Patterns.literal(replacement), PatternSplit.Behavior.MERGED_WITH_NEXT, false)
            : PreTokenizer.WHOLE;
  }

  @Override
  public void split(String text, Place place, Words words) {
    String spaced = text.replace(" ", replacement);
    boolean prefix =
        !spaced.startsWith(replacement)
            && (prepend == Prepend.ALWAYS || prepend == Prepend.FIRST && place == Place.START);
    cut.split(prefix ? replacement + spaced : spaced, place, words);
  }
}
