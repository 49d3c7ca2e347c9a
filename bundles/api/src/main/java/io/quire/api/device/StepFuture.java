package io.quire.api.device;

import java.util.concurrent.TimeoutException;
import org.osgi.annotation.versioning.ConsumerType;

/** A submitted step. */
@ConsumerType
public interface StepFuture {
  /** {@return whether {@link #await} would return, or throw, at once} */
  boolean isDone();

  /**
   * Waits for the step's end.
   *
   * @param nanos how long to wait at most
   * @return its output, valid until two further steps have been submitted
   * @throws TimeoutException if the step has not ended by then; it may still be running
   * @throws LostDeviceException if the device failed; no row of this step can be used
   * @throws InterruptedException if the thread is interrupted
   */
  StepOutput await(long nanos) throws TimeoutException, InterruptedException;
}
