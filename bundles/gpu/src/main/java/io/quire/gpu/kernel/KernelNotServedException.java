package io.quire.gpu.kernel;

import io.quire.api.device.DeviceException;

/** A kernel does not serve a shape on a device: its own header says so, or the device's limits. */
public final class KernelNotServedException extends DeviceException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param message which kernel, and the condition that does not hold
   */
  public KernelNotServedException(String message) {
    super(message);
  }
}
