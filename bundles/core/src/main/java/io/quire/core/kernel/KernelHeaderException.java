package io.quire.core.kernel;

/** A kernel text whose header is not as {@code docs/formats/kernel-header.md} wants it. */
public final class KernelHeaderException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The most characters of a bad text that a message repeats. */
  private static final int SHOWN = 60;

  private final int line;

  /**
   * Creates one.
   *
   * @param line line of the text, from 1
   * @param found what is there
   * @param allowed what may be there
   */
  KernelHeaderException(int line, String found, String allowed) {
    super("line " + line + ": " + found + "; allowed: " + allowed);
    this.line = line;
  }

  /** {@return the line of the text, from 1} */
  public int line() {
    return line;
  }

  /** {@return the text in quotes, short and without control characters, fit for a log} */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("'");
    int shown = Math.min(text.length(), SHOWN);
    for (int i = 0; i < shown; i++) {
      char c = text.charAt(i);
      boolean plain = c >= ' ' && c != 0x7f && (c < 0x80 || Character.isLetterOrDigit(c));
      out.append(plain ? c : '?');
    }
    out.append('\'');
    if (shown < text.length()) {
      out.append("... (").append(text.length()).append(" characters)");
    }
    return out.toString();
  }
}
