package io.quire.api.model;

/**
 * A model file, its configuration or its tokenizer cannot be used. The message says what, where,
 * the numbers, and a remedy.
 */
public class ModelFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what is wrong, with the numbers and the place
   */
  public ModelFormatException(String message) {
    super(message);
  }

  /**
   * Creates one with a cause.
   *
   * @param message what is wrong, with the numbers and the place
   * @param cause what was thrown
   */
  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
