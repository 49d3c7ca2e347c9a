package io.quire.text.jinja;

/**
 * What a template may use. A template comes from a model's file and its input from a client, so
 * neither is trusted; each limit is far above what the chat templates of published models need.
 */
final class Limits {
  /** Characters of a template's source. */
  static final int SOURCE = 1 << 20;

  /** Tokens of a template's source. */
  static final int TOKENS = 200_000;

  /** Levels of nested brackets, operators and statements in the source, as the parser recurses. */
  static final int NESTING = 300;

  /** Nested evaluations in a rendering: expressions, statements, macros and lazy sequences. */
  static final int DEPTH = 400;

  /** Levels of nested lists and mappings that are written, compared or taken in. */
  static final int DATA_DEPTH = 200;

  /** Work of one rendering; an evaluated node or an iteration is one step. */
  static final long STEPS = 2_000_000;

  /** Characters of one string, and of the output. */
  static final int STRING = 1 << 23;

  /** Characters of all strings that one rendering makes. */
  static final long TEXT = 1L << 26;

  /** Elements of one list. */
  static final int ITEMS = 1_000_000;

  /** Elements of a range, as in Jinja's sandbox. */
  static final int RANGE = 100_000;

  /** Width and precision in format strings. */
  static final int WIDTH = 10_000;

  private Limits() {}
}
