package io.quire.text.normalize;

import java.text.Normalizer;

/**
 * Unicode normalisation in bounded time. Sorting combining marks takes time quadratic in the length
 * of a run of them, so longer runs than any language has are normalised in parts.
 */
final class UnicodeForm {
  private static final int MAX_MARKS = 256;

  private UnicodeForm() {}

  /**
   * Normalises a text.
   *
   * @param text any text
   * @param form which form
   * @return the text in that form; where more than 256 marks stand in a row, each part of them is
   */
  static String normalize(String text, Normalizer.Form form) {
    StringBuilder parts = new StringBuilder();
    int done = 0;
    int marks = 0;
    int i = 0;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      marks = isMark(point) ? marks + 1 : 0;
      if (marks == MAX_MARKS) {
        parts.append(Normalizer.normalize(text.substring(done, i), form));
        done = i;
        marks = 0;
      }
    }
    String rest = Normalizer.normalize(done == 0 ? text : text.substring(done), form);
    return done == 0 ? rest : parts.append(rest).toString();
  }

  private static boolean isMark(int point) {
    return point >= 0x300
        && switch (Character.getType(point)) {
          case Character.NON_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.COMBINING_SPACING_MARK ->
              true;
          default -> false;
        };
  }
}
