package io.quire.bench.command;

/** The command line, or what it names, cannot be used. The message is all that a person sees. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what is wrong, and what would be right
   */
  public UsageException(String message) {
    super(message);
  }
}
