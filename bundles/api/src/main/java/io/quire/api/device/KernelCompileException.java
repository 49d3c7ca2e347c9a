package io.quire.api.device;

/** A kernel text does not compile for a device. The message holds the compiler's log. */
public class KernelCompileException extends DeviceException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message which kernel, for which device, and the log
   */
  public KernelCompileException(String message) {
    super(message);
  }
}
