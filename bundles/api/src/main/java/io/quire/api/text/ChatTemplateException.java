package io.quire.api.text;

/**
 * A chat template is broken, refuses a conversation ({@code raise_exception}), or exceeds a limit.
 */
public class ChatTemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what is wrong; with line and column where they are known
   */
  public ChatTemplateException(String message) {
    super(message);
  }
}
