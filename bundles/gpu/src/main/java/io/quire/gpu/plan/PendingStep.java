package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A step that was queued; its results are read when they are awaited. */
final class PendingStep implements StepFuture {
  private final CommandQueue.Fence fence;
  private final Results results;
  private final MemorySegment data;
  private final int rows;
  private final int round;
  private final StepOutput output;
  private boolean read;

  /**
   * Takes a step.
   *
   * @param fence behind it
   * @param results how a round's results lie in memory
   * @param data where they are copied to, a round behind the other
   * @param rows of the step
   * @param round rows of a round
   * @param output gets them
   */
  PendingStep(
      CommandQueue.Fence fence,
      Results results,
      MemorySegment data,
      int rows,
      int round,
      StepOutput output) {
    this.fence = fence;
    this.results = results;
    this.data = data;
    this.rows = rows;
    this.round = round;
    this.output = output;
  }

  @Override
  public boolean isDone() {
    return fence.reached();
  }

  /** {@return whether it ended in time} */
  boolean end(long nanos) {
    return fence.await(nanos);
  }

  @Override
  public StepOutput await(long nanos) throws TimeoutException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted while a step was awaited");
    }
    if (!fence.await(nanos)) {
      throw new TimeoutException(
          "the step has not ended within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
    }
    if (!read) {
      read = true;
      output.reset(rows);
      for (int from = 0; from < rows; from += round) {
        long at = from / round * results.bytes(true);
        results.read(data.asSlice(at), from, Math.min(round, rows - from), output);
      }
    }
    return output;
  }
}
