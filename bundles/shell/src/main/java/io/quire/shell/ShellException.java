package io.quire.shell;

/** A command cannot do what it was asked; the message is for the person at the shell. */
public final class ShellException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what, the numbers, the candidates, the remedy
   */
  public ShellException(String message) {
    super(message);
  }
}
