package io.quire.testkit.device;

import io.quire.api.device.Device;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Fills batches for a plan by hand. Slot {@code s} owns the blocks from {@code s * perSlot}. */
final class PlanRig implements AutoCloseable {
  static final PlanOptions OPTIONS = new PlanOptions(128, 8, 128, 16, 8);
  private static final int PER_SLOT = 8;

  private final Plan plan;

  /** One being filled while two steps are in flight. */
  private final StepBatch[] batches = new StepBatch[3];

  private int turn;

  PlanRig(Device device, TinyModel model) {
    plan = device.prepare(model.graph(), model, OPTIONS, (stage, done, total) -> {});
    for (int i = 0; i < batches.length; i++) {
      batches[i] = new StepBatch(OPTIONS);
    }
    plan.allocateKv(PER_SLOT * OPTIONS.maxSequences());
  }

  Plan plan() {
    return plan;
  }

  StepBatch batch() {
    return batches[turn];
  }

  /** Gives a slot to a sequence, with blocks of its own. */
  void assign(int slot, SamplingParams params, int[] tokens, int prompt, int min, int... end) {
    List<Integer> ends = Arrays.stream(end).boxed().toList();
    batch()
        .addAssignment(new SlotAssignment(slot, params, tokens, prompt, tokens.length, min, ends));
    for (int i = 0; i < PER_SLOT; i++) {
      batch().addTableUpdate(slot, i, slot * PER_SLOT + i);
    }
  }

  /** Adds tokens from one position to before another, and a sampled row if asked for. */
  void feed(int slot, int[] tokens, int from, int to, boolean sample, int outputs) {
    batch().addSequence(slot, to);
    batch().addTokens(tokens, from, to - from);
    if (sample) {
      batch().addRow(slot, outputs, StepBatch.SAMPLE);
    }
  }

  StepFuture submit() {
    StepFuture future = plan.submit(batch());
    turn = (turn + 1) % batches.length;
    batch().clear();
    return future;
  }

  static StepOutput await(StepFuture future) throws InterruptedException, TimeoutException {
    return future.await(TimeUnit.SECONDS.toNanos(60));
  }

  StepOutput step() throws InterruptedException, TimeoutException {
    return await(submit());
  }

  /** Generates tokens for one sequence alone, a step each. */
  int[] generate(int slot, SamplingParams params, int[] prompt, int count)
      throws InterruptedException, TimeoutException {
    int[] all = Arrays.copyOf(prompt, prompt.length + count);
    assign(slot, params, prompt, prompt.length, 0);
    int fed = 0;
    for (int i = 0; i < count; i++) {
      feed(slot, all, fed, prompt.length + i, true, i);
      fed = prompt.length + i;
      all[fed] = step().tokens()[0];
    }
    return Arrays.copyOfRange(all, prompt.length, all.length);
  }

  @Override
  public void close() {
    plan.close();
  }
}
