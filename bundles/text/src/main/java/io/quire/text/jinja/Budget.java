package io.quire.text.jinja;

/** What one rendering has used of its {@link Limits}. One thread. */
final class Budget {
  /** A pass over this many characters costs one step. */
  private static final int CHARS_PER_STEP = 64;

  private static final int ITEMS_PER_STEP = 8;

  /** Comparisons of single characters in a naive substring search that cost one step. */
  private static final int COMPARISONS_PER_STEP = 1024;

  private long steps;
  private long text;
  private int depth;

  /** Counts one evaluated node or iteration. */
  void step() {
    work(1);
  }

  /** Counts several steps at once. */
  void work(long count) {
    steps += count;
    if (steps > Limits.STEPS) {
      throw new Fault(
          "the rendering needs more than "
              + Limits.STEPS
              + " steps and was ended; shorten the conversation or the template's loops");
    }
  }

  /** Asks, before it is made, for a string of this many characters. */
  void text(long chars) {
    if (chars > Limits.STRING) {
      throw new Fault("a string of " + chars + " characters exceeds the limit of " + Limits.STRING);
    }
    text += chars;
    if (text > Limits.TEXT) {
      throw new Fault("the strings made exceed " + Limits.TEXT + " characters together");
    }
    work(chars / CHARS_PER_STEP);
  }

  /** Counts a pass over existing characters. */
  void scan(long chars) {
    work(chars / CHARS_PER_STEP);
  }

  /** Counts a substring search at its worst case. */
  void search(int chars, int pattern) {
    work((long) chars * Math.max(1, pattern) / COMPARISONS_PER_STEP);
  }

  /** Asks, before it is made, for a list of this many elements. */
  void items(long count) {
    if (count > Limits.ITEMS) {
      throw new Fault("a list of " + count + " elements exceeds the limit of " + Limits.ITEMS);
    }
    work(count / ITEMS_PER_STEP + 1);
  }

  /** Goes one evaluation deeper; every call is paired with {@link #exit}. */
  void enter() {
    if (++depth > Limits.DEPTH) {
      depth--;
      throw new Fault(
          "evaluations nest deeper than "
              + Limits.DEPTH
              + " levels; a macro, a loop or an expression recurses too far");
    }
  }

  /** Comes back from {@link #enter}. */
  void exit() {
    depth--;
  }
}
