package io.quire.core.engine;

import io.quire.api.device.KvLayout;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.LongPredicate;

/**
 * A device that keeps token ids where a real one keeps keys and values, and reads its context back
 * through the block tables it was told. What it finds there must be the slot's tokens.
 */
public final class FakePlan implements Plan {
  private static final int NOTHING = -1;

  /** Asked with the step's number before it runs. */
  LongPredicate lostAt = step -> false;

  LongPredicate refusedAt = step -> false;

  /** Choices, by seed, whose next sampled row is to hold no number; each does so once. */
  final Set<Long> spoilt = new HashSet<>();

  /** Choices, by seed, whose rows never hold a number. */
  final Set<Long> broken = new HashSet<>();

  boolean hangs;
  long submitted;
  private volatile boolean closed;

  private final PlanOptions options;
  private int[] kv = {};
  private final int[][] tables;
  private final Slot[] slots;
  private final StepOutput[] outputs;
  private final int[] previous;
  private int inFlight;
  private volatile boolean lost;
  private long kvMemory = 1 << 20;

  FakePlan(PlanOptions options, int blocks) {
    this(options);
    allocateKv(blocks);
  }

  /**
   * A plan without a cache yet.
   *
   * @param options its sizes
   */
  public FakePlan(PlanOptions options) {
    this.options = options;
    int perSequence = Math.ceilDiv(options.maxSequenceLength(), options.blockTokens());
    tables = new int[options.maxSequences()][perSequence];
    slots = new Slot[options.maxSequences()];
    outputs = new StepOutput[] {new StepOutput(options), new StepOutput(options)};
    previous = new int[options.maxRows()];
  }

  @Override
  public KvLayout kvLayout() {
    return new KvLayout(options.blockTokens(), 1024);
  }

  @Override
  public long kvMemory() {
    return kvMemory;
  }

  @Override
  public void allocateKv(int blocks) {
    check(kv.length == 0 && blocks > 0, "allocated twice, or nothing");
    kv = new int[blocks * options.blockTokens()];
    Arrays.fill(kv, NOTHING);
  }

  /** Sets what it has room for, in bytes. */
  public void setKvMemory(long bytes) {
    kvMemory = bytes;
  }

  /** From now on it only fails. */
  public void lose() {
    lost = true;
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    check(!closed, "closed");
    long step = submitted++;
    if (refusedAt.test(step)) {
      throw new IllegalStateException("step " + step + " is refused");
    }
    lost |= lostAt.test(step);
    if (lost) {
      throw new LostDeviceException("fake device lost at step " + step);
    }
    check(++inFlight <= 2, "three steps in flight");
    StepOutput output = outputs[(int) (step % 2)];
    compute(batch, output);
    return new Step(output);
  }

  private void compute(StepBatch batch, StepOutput output) {
    for (int i = 0; i < batch.copyCount(); i++) {
      int size = options.blockTokens();
      System.arraycopy(
          kv, batch.copies()[2 * i] * size, kv, batch.copies()[2 * i + 1] * size, size);
    }
    for (int i = 0; i < batch.tableUpdateCount(); i++) {
      int[] u = batch.tableUpdates();
      tables[u[3 * i]][u[3 * i + 1]] = u[3 * i + 2];
    }
    for (SlotAssignment a : batch.assignments()) {
      slots[a.slot()] = new Slot(a, options.maxSequenceLength());
    }
    for (int s = 0; s < batch.sequences(); s++) {
      store(batch, s);
    }
    output.reset(batch.rows());
    for (int row = 0; row < batch.rows(); row++) {
      answer(batch, output, row);
    }
    System.arraycopy(output.tokens(), 0, previous, 0, batch.rows());
  }

  private void store(StepBatch batch, int s) {
    int from = batch.queryStart()[s];
    int count = batch.queryStart()[s + 1] - from;
    int slot = batch.sequenceSlots()[s];
    check(count > 0, "a sequence without tokens");
    for (int i = 0; i < count; i++) {
      int id = batch.tokenIds()[from + i];
      int position = batch.sequenceLengths()[s] - count + i;
      kv[address(slot, position)] = id < 0 ? previous[-id - 1] : id;
    }
  }

  private int address(int slot, int position) {
    int size = options.blockTokens();
    return tables[slot][position / size] * size + position % size;
  }

  private void answer(StepBatch batch, StepOutput output, int row) {
    int token = batch.rowTokens()[row];
    int s = 0;
    while (batch.queryStart()[s + 1] <= token) {
      s++;
    }
    int tableSlot = batch.sequenceSlots()[s];
    int length = batch.sequenceLengths()[s] - (batch.queryStart()[s + 1] - token) + 1;
    check(batch.rowPositions()[row] == length, "row position");
    Slot slot = slots[batch.rowSlots()[row]];
    int[] context = new int[length];
    for (int p = 0; p < length; p++) {
      context[p] = kv[address(tableSlot, p)];
    }
    check(
        Arrays.equals(context, 0, length, slot.tokens, 0, length),
        "cache holds " + Arrays.toString(context) + ", slot " + Arrays.toString(slot.tokens));
    int target = batch.rowTargets()[row];
    if (target == StepBatch.SAMPLE) {
      target = sample(batch, output, row, slot, length);
    }
    output.tokens()[row] = target;
    output.logprobs()[row] = FakeModel.logprob(target);
    int alternatives = Math.max(0, slot.assignment.params().logprobs());
    output.topCounts()[row] = alternatives;
    for (int i = 0; i < alternatives; i++) {
      output.topTokens()[row * output.maxLogprobs() + i] = (target + i) % FakeModel.VOCABULARY;
      output.topLogprobs()[row * output.maxLogprobs() + i] = -i;
    }
  }

  private int sample(StepBatch batch, StepOutput output, int row, Slot slot, int length) {
    SlotAssignment a = slot.assignment;
    check(length == slot.length, "slot has " + slot.length + " tokens, the row " + length);
    int outputs = batch.rowOutputs()[row];
    check(outputs == length - a.promptLength(), "outputs");
    long seed = a.params().seed();
    output.invalid()[row] = broken.contains(seed) || spoilt.remove(seed);
    int token = FakeModel.next(slot.tokens, length, seed, outputs, a.minTokens(), a.endTokens());
    slot.tokens[slot.length++] = output.invalid()[row] ? 0 : token;
    return output.invalid()[row] ? 0 : token;
  }

  private static void check(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  /** {@return whether it was closed} */
  public boolean closed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  private static final class Slot {
    final SlotAssignment assignment;
    final int[] tokens;
    int length;

    Slot(SlotAssignment assignment, int most) {
      this.assignment = assignment;
      this.tokens = Arrays.copyOf(assignment.tokens(), most + 1);
      this.length = assignment.length();
    }
  }

  private final class Step implements StepFuture {
    private final StepOutput output;

    Step(StepOutput output) {
      this.output = output;
    }

    @Override
    public boolean isDone() {
      return !hangs;
    }

    @Override
    public StepOutput await(long nanos) throws TimeoutException {
      if (hangs) {
        throw new TimeoutException();
      }
      if (lost) {
        Arrays.fill(output.tokens(), 77);
        throw new LostDeviceException("fake device lost in flight");
      }
      inFlight--;
      return output;
    }
  }
}
