package io.quire.text.split;

import io.quire.api.model.ModelFormatException;

/**
 * Text that counts how often it is read. A pattern that backtracks without end is stopped by an
 * error after a number of steps proportional to the text's length.
 */
public final class CountedText implements CharSequence {
  private static final long STEPS_PER_CHARACTER = 256;
  private static final long FREE_STEPS = 100_000;

  private final String text;
  private final String pattern;
  private long left;

  /**
   * Wraps a text for one search.
   *
   * @param text the text
   * @param pattern what is searched for, for the message
   */
  public CountedText(String text, String pattern) {
    this.text = text;
    this.pattern = pattern;
    this.left = text.length() * STEPS_PER_CHARACTER + FREE_STEPS;
  }

  @Override
  public char charAt(int index) {
    if (--left < 0) {
      throw new ModelFormatException(
          "the tokenizer's pattern "
              + Patterns.quoted(pattern)
              + " needs more than "
              + (text.length() * STEPS_PER_CHARACTER + FREE_STEPS)
              + " steps on a text of "
              + text.length()
              + " characters; the text was not tokenized");
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
