package io.quire.backend.cpu.plan;

import io.quire.api.device.LostDeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A step between its submission and its end. */
final class PendingStep implements StepFuture {
  /** Ends the plan's thread. */
  static final PendingStep END = end();

  private final StepBatch batch;
  private final StepOutput output;
  private final CountDownLatch ended = new CountDownLatch(1);
  private LostDeviceException failure;

  PendingStep(StepBatch batch, StepOutput output) {
    this.batch = batch;
    this.output = output;
  }

  private static PendingStep end() {
    PlanOptions least = new PlanOptions(1, 1, 1, 1, 0);
    return new PendingStep(new StepBatch(least), new StepOutput(least));
  }

  StepBatch batch() {
    return batch;
  }

  StepOutput output() {
    return output;
  }

  /** Ends the step; the failure is null if there was none. */
  void end(LostDeviceException reason) {
    failure = reason;
    ended.countDown();
  }

  @Override
  public boolean isDone() {
    return ended.getCount() == 0;
  }

  @Override
  public StepOutput await(long nanos) throws TimeoutException, InterruptedException {
    if (!ended.await(nanos, TimeUnit.NANOSECONDS)) {
      throw new TimeoutException("the step has not ended after " + nanos + " ns");
    }
    if (failure != null) {
      throw new LostDeviceException(failure.getMessage(), failure.getCause());
    }
    return output;
  }
}
