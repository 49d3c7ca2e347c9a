package io.quire.tools.command;

/** The command line is wrong. The message says what is allowed. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what is wrong, and what is allowed
   */
  public UsageException(String message) {
    super(message);
  }
}
