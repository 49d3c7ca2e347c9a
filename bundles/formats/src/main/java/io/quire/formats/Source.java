package io.quire.formats;

import io.quire.api.model.ModelFormatException;

/**
 * Where bytes come from, for messages.
 *
 * @param name a path or a location
 */
public record Source(String name) {
  private static final int SHOWN = 80;

  /**
   * An error at this place.
   *
   * @param message what is wrong, the numbers, the remedy
   * @return the error, to be thrown
   */
  public ModelFormatException error(String message) {
    return new ModelFormatException(name + ": " + message);
  }

  /**
   * An error at this place.
   *
   * @param message what is wrong, the numbers, the remedy
   * @param cause what was thrown
   * @return the error, to be thrown
   */
  public ModelFormatException error(String message, Throwable cause) {
    return new ModelFormatException(name + ": " + message, cause);
  }

  /**
   * A text from a file as messages show it: cut, and without control characters, since it may be
   * hostile.
   *
   * @param text from a file
   * @return the text in quotes
   */
  public static String quote(String text) {
    String cut = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    return "'" + cut.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
