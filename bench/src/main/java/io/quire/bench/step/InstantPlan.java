package io.quire.bench.step;

import io.quire.api.device.KvLayout;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;

/**
 * A device whose steps take no time: every row gets an arbitrary token. Three outputs take turns,
 * so that one stays valid until two further steps have been submitted.
 */
public final class InstantPlan implements Plan {
  private final Finished[] steps;
  private int next;
  private long submitted;
  private int lastSequences;
  private int lastTokens;

  /**
   * Makes one.
   *
   * @param options the plan's sizes
   * @param vocabulary tokens are below it
   */
  public InstantPlan(PlanOptions options, int vocabulary) {
    steps = new Finished[3];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = new Finished(new StepOutput(options));
      int[] tokens = steps[i].output.tokens();
      for (int row = 0; row < tokens.length; row++) {
        tokens[row] = (row * 31 + i * 7) % vocabulary;
      }
    }
  }

  @Override
  public KvLayout kvLayout() {
    return new KvLayout(16, 1);
  }

  @Override
  public long kvMemory() {
    return Long.MAX_VALUE;
  }

  @Override
  public void allocateKv(int blocks) {
    // There is nothing to keep.
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    lastSequences = batch.sequences();
    lastTokens = batch.tokens();
    submitted++;
    Finished step = steps[next];
    next = next == steps.length - 1 ? 0 : next + 1;
    step.output.reset(batch.rows());
    return step;
  }

  /** {@return steps so far} */
  long submitted() {
    return submitted;
  }

  /** {@return sequences of the latest step} */
  int lastSequences() {
    return lastSequences;
  }

  /** {@return tokens of the latest step} */
  int lastTokens() {
    return lastTokens;
  }

  @Override
  public void close() {
    // There is nothing to free.
  }

  /** A step that has ended. */
  private record Finished(StepOutput output) implements StepFuture {
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
