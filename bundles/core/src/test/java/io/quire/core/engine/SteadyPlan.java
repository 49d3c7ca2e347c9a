package io.quire.core.engine;

import io.quire.api.device.KvLayout;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.Arrays;

/** A device that answers at once, always the same token, and allocates nothing. */
final class SteadyPlan implements Plan {
  private final PlanOptions options;
  private final Step[] steps;
  private int next;

  SteadyPlan(PlanOptions options) {
    this.options = options;
    steps = new Step[] {new Step(options), new Step(options)};
  }

  @Override
  public KvLayout kvLayout() {
    return new KvLayout(options.blockTokens(), 1024);
  }

  @Override
  public long kvMemory() {
    return 1 << 30;
  }

  @Override
  public void allocateKv(int blocks) {
    // There is nothing to keep.
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    Step step = steps[next];
    next = 1 - next;
    step.output.reset(batch.rows());
    Arrays.fill(step.output.tokens(), 0, batch.rows(), 5);
    return step;
  }

  @Override
  public void close() {
    // There is nothing to free.
  }

  private static final class Step implements StepFuture {
    final StepOutput output;

    Step(PlanOptions options) {
      output = new StepOutput(options);
    }

    @Override
    public boolean isDone() {
      return true;
    }

    @Override
    public StepOutput await(long nanos) {
      return output;
    }
  }
}
