package io.quire.gpu.driver;

/** What a driver interface's error codes mean. 0 is success. */
public interface ErrorCodes {
  /**
   * Names a code.
   *
   * @param code what a function returned
   * @return its name in the interface's documentation, with the number
   */
  String name(int code);

  /**
   * Whether a code says that the device is lost.
   *
   * @param code what a function returned
   * @return true if no result of the device can be trusted any more
   */
  boolean lost(int code);
}
