package io.quire.api.device;

/**
 * A device refuses a piece of work and is otherwise sound. The message says what, the numbers, and
 * a remedy.
 */
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message what was refused and why
   */
  public DeviceException(String message) {
    super(message);
  }

  /**
   * Creates one with a cause.
   *
   * @param message what was refused and why
   * @param cause what was thrown
   */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
