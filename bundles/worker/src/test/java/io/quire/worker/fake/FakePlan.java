package io.quire.worker.fake;

import io.quire.api.device.DeviceException;
import io.quire.api.device.KvLayout;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * A plan whose outputs are a function of everything in a batch, and which misbehaves when a batch
 * has the right token.
 */
public final class FakePlan implements Plan {
  /** Token ids are below it. */
  public static final int VOCABULARY = 1000;

  /** A step with this token is refused. */
  public static final int REFUSE = 990;

  /** A step with this token loses the device when it is awaited. */
  public static final int LOSE = 991;

  /** A step with this token never returns from its submission. */
  public static final int HANG = 992;

  /** A step with this token never ends. */
  public static final int NEVER = 993;

  /** A step with this token ends the process. */
  public static final int HALT = 994;

  /** Plans have no memory for more blocks. */
  public static final int MOST_BLOCKS = 100;

  private final BooleanSupplier spoilt;
  private final StepOutput[] outputs = new StepOutput[2];
  private final CountDownLatch ending = new CountDownLatch(1);
  private int submitted;

  /** Makes one. */
  public FakePlan(PlanOptions options) {
    this(options, () -> false);
  }

  /** Makes one whose every step loses the device once something is spoilt. */
  FakePlan(PlanOptions options, BooleanSupplier spoilt) {
    this.spoilt = spoilt;
    Arrays.setAll(outputs, i -> new StepOutput(options));
  }

  @Override
  public KvLayout kvLayout() {
    return new KvLayout(16, 4096);
  }

  @Override
  public long kvMemory() {
    return 1L << 40;
  }

  @Override
  public void allocateKv(int blocks) {
    if (blocks > MOST_BLOCKS) {
      throw new DeviceException("no memory for " + blocks + " blocks");
    }
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    int mode = spoilt.getAsBoolean() ? LOSE : 0;
    for (int i = 0; i < batch.tokens(); i++) {
      mode = Math.max(mode, batch.tokenIds()[i]);
    }
    switch (mode) {
      case REFUSE -> throw new DeviceException("the batch has token " + REFUSE);
      case HANG -> hang();
      case HALT -> Halt.now();
      default -> {
        // An ordinary step, or one that misbehaves later.
      }
    }
    StepOutput output = outputs[submitted++ % 2];
    compute(batch, output);
    return new Step(output, mode, ending);
  }

  private static void hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Step(StepOutput output, int mode, CountDownLatch ending) implements StepFuture {
    @Override
    public boolean isDone() {
      return mode != NEVER || ending.getCount() == 0;
    }

    @Override
    public StepOutput await(long nanos) throws InterruptedException, TimeoutException {
      if (mode == LOSE) {
        throw new LostDeviceException("the batch has token " + LOSE);
      }
      if (mode == NEVER && !ending.await(nanos, TimeUnit.NANOSECONDS)) {
        throw new TimeoutException("the step does not end");
      }
      return output;
    }
  }

  /** Ends the steps that never end. */
  public void end() {
    ending.countDown();
  }

  /** What a step of this batch puts out. */
  public static void compute(StepBatch batch, StepOutput out) {
    int h = hash(batch);
    out.reset(batch.rows());
    for (int row = 0; row < batch.rows(); row++) {
      out.tokens()[row] = Math.floorMod(h + 31 * row, VOCABULARY);
      out.logprobs()[row] = h * 1e-3f + row;
      out.invalid()[row] = (h & 1) == 0 && row % 7 == 3;
      int count = (h & 2) == 0 ? row % (out.maxLogprobs() + 1) : 0;
      out.topCounts()[row] = count;
      for (int i = 0; i < count; i++) {
        out.topTokens()[row * out.maxLogprobs() + i] = h + i;
        out.topLogprobs()[row * out.maxLogprobs() + i] = h * 1e-4f - i;
      }
    }
  }

  private static int hash(StepBatch b) {
    int h = hash(hash(1, b.tokenIds(), b.tokens()), b.sequenceSlots(), b.sequences());
    h = hash(hash(h, b.queryStart(), b.sequences() + 1), b.sequenceLengths(), b.sequences());
    h = hash(hash(h, b.rowTokens(), b.rows()), b.rowSlots(), b.rows());
    h = hash(hash(h, b.rowPositions(), b.rows()), b.rowOutputs(), b.rows());
    h = hash(h, b.rowTargets(), b.rows());
    h = hash(hash(h, b.tableUpdates(), 3 * b.tableUpdateCount()), b.copies(), 2 * b.copyCount());
    for (SlotAssignment a : b.assignments()) {
      h = hash(h, a.tokens(), a.length());
      h = 31 * h + a.slot();
      h = 31 * h + a.promptLength();
      h = 31 * h + a.minTokens();
      h = 31 * h + a.endTokens().hashCode();
      h = 31 * h + a.params().hashCode();
    }
    return h;
  }

  private static int hash(int seed, int[] values, int count) {
    int h = 31 * seed + count;
    for (int i = 0; i < count; i++) {
      h = 31 * h + values[i];
    }
    return h;
  }

  @Override
  public void close() {
    // There is nothing to free.
  }
}
