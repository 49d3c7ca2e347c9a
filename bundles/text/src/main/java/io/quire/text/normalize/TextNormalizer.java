package io.quire.text.normalize;

import io.quire.api.model.ModelFormatException;
import io.quire.text.split.CountedText;
import io.quire.text.token.WhiteSpace;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Changes text before it is split. Safe for use by several threads. */
@FunctionalInterface
public interface TextNormalizer {
  /** Leaves text as it is. */
  TextNormalizer NONE = text -> text;

  /**
   * Changes a text.
   *
   * @param text without lone surrogates
   * @return the changed text
   * @throws ModelFormatException if the text grows more than a tokenizer's normalisation should
   */
  String apply(String text);

  /**
   * Applies several.
   *
   * @param steps first to last
   * @return all of them as one
   */
  static TextNormalizer sequence(List<TextNormalizer> steps) {
    return text -> {
      String result = text;
      for (TextNormalizer step : steps) {
        result = step.apply(result);
        checkLength(text.length(), result.length());
      }
      return result;
    };
  }

  /**
   * A Unicode normalisation form.
   *
   * @param form which one
   * @return the normalizer
   */
  static TextNormalizer unicode(Normalizer.Form form) {
    return text -> UnicodeForm.normalize(text, form);
  }

  /** {@return lower case for every letter by itself, in no particular language} */
  static TextNormalizer lowerCase() {
    return text -> {
      StringBuilder lower = new StringBuilder(text.length());
      // The whole text at once would make a sigma at the end of a word another letter.
      text.codePoints()
          .forEach(point -> lower.append(Character.toString(point).toLowerCase(Locale.ROOT)));
      return lower.toString();
    };
  }

  /**
   * Puts something before every text that is not empty.
   *
   * @param prefix the text to put
   * @return the normalizer
   */
  static TextNormalizer prepend(String prefix) {
    return text -> text.isEmpty() ? text : prefix + text;
  }

  /**
   * Removes white space at the ends.
   *
   * @param left whether at the beginning
   * @param right whether at the end
   * @return the normalizer
   */
  static TextNormalizer strip(boolean left, boolean right) {
    return text -> WhiteSpace.strip(text, left, right);
  }

  /**
   * Replaces every match of a pattern.
   *
   * @param pattern what to replace
   * @param content what comes in its place, taken literally
   * @return the normalizer
   */
  static TextNormalizer replace(Pattern pattern, String content) {
    String replacement = Matcher.quoteReplacement(content);
    return text -> {
      StringBuilder result = new StringBuilder(text.length());
      Matcher matcher = pattern.matcher(new CountedText(text, pattern.pattern()));
      try {
        while (matcher.find()) {
          matcher.appendReplacement(result, replacement);
          checkLength(text.length(), result.length());
        }
      } catch (StackOverflowError e) {
        throw new ModelFormatException(
            "a normalizer's pattern nests too deeply on a text of "
                + text.length()
                + " characters; the text was not tokenized",
            e);
      }
      return matcher.appendTail(result).toString();
    };
  }

  private static void checkLength(int before, int after) {
    if (after > 4096 + 64L * before) {
      throw new ModelFormatException(
          "the tokenizer's normalizer makes "
              + after
              + " characters of a text of "
              + before
              + "; more than 64 for each are not accepted");
    }
  }
}
