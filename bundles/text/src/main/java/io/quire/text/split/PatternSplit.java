package io.quire.text.split;

import io.quire.api.model.ModelFormatException;
import io.quire.text.token.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts text at the matches of a pattern. */
public final class PatternSplit implements PreTokenizer {
  /** What becomes of a match. */
  public enum Behavior {
    /** It is a word. */
    ISOLATED,
    /** It is left out. */
    REMOVED,
    /** Neighbouring matches are one word. */
    CONTIGUOUS,
    /** It ends the word before it, unless that is a match too. */
    MERGED_WITH_PREVIOUS,
    /** It begins the word after it, unless that is a match too. */
    MERGED_WITH_NEXT
  }

  private final Pattern pattern;
  private final Behavior behavior;
  private final boolean invert;

  private record Span(int from, int to, boolean match) {}

  /**
   * Creates one.
   *
   * @param pattern where to cut
   * @param behavior what becomes of matches
   * @param invert whether what lies between matches counts as the matches instead
   */
  public PatternSplit(Pattern pattern, Behavior behavior, boolean invert) {
    this.pattern = pattern;
    this.behavior = behavior;
    this.invert = invert;
  }

  /**
   * Makes each match of a pattern a word.
   *
   * @param expression a regular expression
   * @return the pre-tokenizer
   */
  public static PreTokenizer isolated(String expression) {
    return new PatternSplit(Patterns.compile(expression), Behavior.ISOLATED, false);
  }

  @Override
  public void split(String text, Place place, Words words) {
    Place here = place;
    for (Span span : joined(spans(text))) {
      if (behavior != Behavior.REMOVED || !span.match()) {
        words.accept(text.substring(span.from(), span.to()), here);
      }
      here = Place.INSIDE;
    }
  }

  private List<Span> spans(String text) {
    List<Span> spans = new ArrayList<>();
    Matcher matcher = pattern.matcher(new CountedText(text, pattern.pattern()));
    int done = 0;
    try {
      while (matcher.find()) {
        if (matcher.start() > done) {
          spans.add(new Span(done, matcher.start(), invert));
        }
        if (matcher.end() > matcher.start()) {
          spans.add(new Span(matcher.start(), matcher.end(), !invert));
        }
        done = matcher.end();
      }
    } catch (StackOverflowError e) {
      throw new ModelFormatException(
          "the tokenizer's pattern "
              + Patterns.quoted(pattern.pattern())
              + " nests too deeply on a text of "
              + text.length()
              + " characters; the text was not tokenized",
          e);
    }
    if (done < text.length()) {
      spans.add(new Span(done, text.length(), invert));
    }
    return spans;
  }

  private List<Span> joined(List<Span> spans) {
    if (behavior == Behavior.ISOLATED || behavior == Behavior.REMOVED) {
      return spans;
    }
    List<Span> joined = new ArrayList<>();
    boolean previousMatch = false;
    for (Span span : spans) {
      Span last = joined.isEmpty() ? null : joined.getLast();
      boolean joins =
          last != null
              && switch (behavior) {
                case CONTIGUOUS -> span.match() == previousMatch;
                case MERGED_WITH_PREVIOUS -> span.match() && !previousMatch;
                case MERGED_WITH_NEXT -> !span.match() && previousMatch;
                case ISOLATED, REMOVED -> false;
              };
      if (joins) {
        joined.set(joined.size() - 1, new Span(last.from(), span.to(), false));
      } else {
        joined.add(span);
      }
      previousMatch = span.match();
    }
    return joined;
  }
}
