package io.quire.api.device;

/**
 * A device has failed or left: nothing it computes after this can be trusted, and its KV cache is
 * gone. Sequences on it go back to the queue with the tokens they have.
 */
public class LostDeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message which device, and the driver's error
   */
  public LostDeviceException(String message) {
    super(message);
  }

  /**
   * Creates one with a cause.
   *
   * @param message which device, and the driver's error
   * @param cause what was thrown
   */
  public LostDeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
