package io.quire.text.split;

import io.quire.api.model.ModelFormatException;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Compiles the regular expressions of tokenizers, which are written for Oniguruma. What means
 * something else in Java is translated or refused.
 */
public final class Patterns {
  private static final int MAX_LENGTH = 16_384;

  /** Oniguruma's dollar matches before any line feed, and only line feeds end lines. */
  private static final int FLAGS =
      Pattern.UNICODE_CHARACTER_CLASS
          | Pattern.UNICODE_CASE
          | Pattern.MULTILINE
          | Pattern.UNIX_LINES;

  /** Properties of more than two letters are scripts or binary properties. */
  private static final Pattern PROPERTY = Pattern.compile("\\\\([pP])\\{(\\^?)(\\w+)}");

  private static final Pattern REFUSED =
      Pattern.compile("\\[:\\^?\\w+:]|\\\\[hHXKyYgG]|\\(\\?[a-zA-Z-]*[mxd]|\\(\\?[~|({]");

  private Patterns() {}

  /**
   * Compiles a regular expression.
   *
   * @param expression as in {@code tokenizer.json}
   * @return the same in Java
   * @throws ModelFormatException if it is broken, too long, or uses what Java has not
   */
  public static Pattern compile(String expression) {
    if (expression.length() > MAX_LENGTH) {
      throw new ModelFormatException(
          "a pattern of the tokenizer has "
              + expression.length()
              + " characters; at most "
              + MAX_LENGTH
              + " are possible");
    }
    Matcher refused = REFUSED.matcher(expression);
    if (refused.find()) {
      throw new ModelFormatException(
          "the tokenizer's pattern "
              + quoted(expression)
              + " uses "
              + refused.group()
              + " at "
              + refused.start()
              + ", which is not supported");
    }
    try {
      return Pattern.compile(PROPERTY.matcher(expression).replaceAll(Patterns::property), FLAGS);
    } catch (PatternSyntaxException e) {
      throw new ModelFormatException(
          "the tokenizer's pattern "
              + quoted(expression)
              + " is broken: "
              + e.getDescription()
              + " at "
              + e.getIndex(),
          e);
    }
  }

  /**
   * A pattern for exactly one string.
   *
   * @param literal the string, not empty
   * @return its pattern
   */
  public static Pattern literal(String literal) {
    return Pattern.compile(literal, Pattern.LITERAL);
  }

  /** Shows at most 200 characters. */
  static String quoted(String expression) {
    return '"' + (expression.length() > 200 ? expression.substring(0, 200) : expression) + '"';
  }

  private static String property(MatchResult match) {
    String name = match.group(3);
    boolean negative = match.group(1).equals("P") != !match.group(2).isEmpty();
    String prefix = name.length() > 2 && !name.startsWith("Is") ? "Is" : "";
    return Matcher.quoteReplacement((negative ? "\\P{" : "\\p{") + prefix + name + "}");
  }
}
