package io.quire.core.kernel;

import static io.quire.core.kernel.KernelHeaderException.quoted;

/** The words of a header's value: names, numbers and symbols. One use, one thread. */
final class Tokens {
  /** Most characters of a value that is read word by word. */
  static final int MAX_VALUE = 4096;

  /** Most characters of a name. */
  static final int MAX_NAME = 64;

  private static final String SYMBOLS = "+-*/%()<>!,";

  private final String key;
  private final int line;
  private final String text;
  private int start;
  private int end;

  /**
   * Stands before the first word.
   *
   * @param key the key, for messages
   * @param line where it stands
   * @param text its value
   */
  Tokens(String key, int line, String text) throws KernelHeaderException {
    this.key = key;
    this.line = line;
    this.text = text;
    if (text.length() > MAX_VALUE) {
      throw error("a value of " + text.length() + " characters", "at most " + MAX_VALUE);
    }
    next();
  }

  /** {@return the word here; empty at the end} */
  String word() {
    return text.substring(start, end);
  }

  boolean atEnd() {
    return start == text.length();
  }

  boolean atName() {
    return start < end && isLetter(text.charAt(start));
  }

  boolean atNumber() {
    return start < end && isDigit(text.charAt(start));
  }

  /** {@return the word here, after going to the next one} */
  String take() throws KernelHeaderException {
    String word = word();
    next();
    return word;
  }

  /** Goes on if this word is here. */
  boolean accept(String word) throws KernelHeaderException {
    if (!word().equals(word)) {
      return false;
    }
    next();
    return true;
  }

  void expect(String word) throws KernelHeaderException {
    if (!accept(word)) {
      throw unexpected("'" + word + "'");
    }
  }

  void expectEnd(String allowed) throws KernelHeaderException {
    if (!atEnd()) {
      throw unexpected(allowed + " or the end");
    }
  }

  /** {@return the error of a word that must not stand here} */
  KernelHeaderException unexpected(String allowed) {
    String found = atEnd() ? "ends" : "has " + quoted(word());
    return error(found + " at character " + (start + 1) + " of its value", allowed);
  }

  KernelHeaderException error(String found, String allowed) {
    return new KernelHeaderException(line, key + " " + found, allowed);
  }

  private void next() throws KernelHeaderException {
    start = end;
    while (start < text.length() && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
      start++;
    }
    end = start;
    if (start == text.length()) {
      return;
    }
    char first = text.charAt(start);
    if (isLetter(first) || isDigit(first)) {
      word(first);
    } else {
      symbol(first);
    }
  }

  private void word(char first) throws KernelHeaderException {
    while (end < text.length() && (isLetter(text.charAt(end)) || isDigit(text.charAt(end)))) {
      end++;
    }
    boolean decimal = !isDigit(first) || word().chars().allMatch(c -> isDigit((char) c));
    if (!decimal || end - start > MAX_NAME) {
      throw unexpected("decimal numbers and names of at most " + MAX_NAME + " characters");
    }
  }

  private void symbol(char first) throws KernelHeaderException {
    String two = text.substring(start, Math.min(start + 2, text.length()));
    end = start + 1;
    switch (two) {
      case "<=", ">=", "==", "!=", "&&", "||" -> end = start + 2;
      default -> {
        if (SYMBOLS.indexOf(first) < 0) {
          throw unexpected("names, decimal numbers and + - * / % ( ) < <= > >= == != && || ! ,");
        }
      }
    }
  }

  private static boolean isLetter(char c) {
    return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
