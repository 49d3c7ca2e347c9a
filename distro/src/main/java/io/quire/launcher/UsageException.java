package io.quire.launcher;

/** The command line, or what it names, cannot be used. The message is all that a person sees. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
