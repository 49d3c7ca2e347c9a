package io.quire.text.stream;

/**
 * Finds one stop string in text that arrives in parts, and knows how much of it the text's end
 * could be (Knuth, Morris and Pratt): amortised constant time a character.
 */
final class StopFinder {
  private final String stop;
  private final int[] border;
  private int matched;

  /**
   * Creates one.
   *
   * @param stop not empty
   */
  StopFinder(String stop) {
    this.stop = stop;
    this.border = new int[stop.length()];
    int length = 0;
    for (int i = 1; i < border.length; i++) {
      while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
        length = border[length - 1];
      }
      if (stop.charAt(i) == stop.charAt(length)) {
        length++;
      }
      border[i] = length;
    }
  }

  /**
   * Takes the next character.
   *
   * @param c a UTF-16 unit
   * @return whether the stop string ends with it
   */
  boolean accept(char c) {
    if (matched == border.length) {
      matched = border[matched - 1];
    }
    while (matched > 0 && stop.charAt(matched) != c) {
      matched = border[matched - 1];
    }
    if (stop.charAt(matched) == c) {
      matched++;
    }
    return matched == border.length;
  }

  /** {@return how many characters at the text's end may be the beginning of the stop string} */
  int matched() {
    return matched;
  }

  /** {@return the stop string} */
  String stop() {
    return stop;
  }
}
