package io.quire.text.jinja;

import java.util.function.IntPredicate;

/** Python's questions about the characters of a string, such as {@code isdigit}. */
final class CharTests {
  private CharTests() {}

  static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static boolean cased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  static boolean isLower(String text) {
    return text.codePoints().anyMatch(CharTests::cased)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(CharTests::cased)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  static boolean isTitle(String text) {
    boolean found = false;
    boolean afterCased = false;
    for (int c : text.codePoints().toArray()) {
      boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
      if ((upper && afterCased) || (Character.isLowerCase(c) && !afterCased)) {
        return false;
      }
      afterCased = cased(c);
      found |= afterCased;
    }
    return found;
  }

  static boolean isDecimal(int c) {
    return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
  }

  /** Decimal digits, and digits set above or below the line. */
  static boolean isDigit(int c) {
    boolean raised = c == 0xb2 || c == 0xb3 || c == 0xb9 || c == 0x2070;
    return isDecimal(c) || raised || (c >= 0x2074 && c <= 0x2079) || (c >= 0x2080 && c <= 0x2089);
  }

  static boolean isNumeric(int c) {
    int type = Character.getType(c);
    return isDigit(c) || type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
  }

  static boolean isAlphaNumeric(int c) {
    return Character.isLetter(c) || isNumeric(c);
  }

  static boolean isIdentifier(String text) {
    if (text.isEmpty()) {
      return false;
    }
    int first = text.codePointAt(0);
    return (first == '_' || Character.isUnicodeIdentifierStart(first))
        && text.codePoints()
            .allMatch(
                c -> Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
  }
}
