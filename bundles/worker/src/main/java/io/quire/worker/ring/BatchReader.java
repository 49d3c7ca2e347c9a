package io.quire.worker.ring;

import io.quire.api.device.StepBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/** Copies batches out of frames; the child's side. One thread. */
final class BatchReader implements IntSource {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final MemorySegment memory;
  private final RingLayout layout;
  private final Bell written;
  private final Bell read;
  private int frames;
  private long frame;
  private int used;
  private int epoch;

  BatchReader(Ring ring) {
    memory = ring.memory;
    layout = ring.layout;
    written = ring.written;
    read = ring.read;
    frames = read.value();
  }

  /** {@return whether a batch is there, or its beginning} */
  boolean ready() {
    return written.passed(frames);
  }

  /** Waits for a batch; may return early. */
  void await(long nanos) {
    written.await(frames, nanos);
  }

  /** {@return the epoch of the batch that was read last} */
  int epoch() {
    return epoch;
  }

  /**
   * Reads the next batch. Waits only where it takes several frames.
   *
   * @param batch overwritten
   */
  void read(StepBatch batch) {
    begin();
    epoch = header(RingLayout.EPOCH);
    int assignments = header(RingLayout.ASSIGNMENTS);
    batch.clear();
    batch.resize(
        header(RingLayout.TOKENS),
        header(RingLayout.SEQUENCES),
        header(RingLayout.ROWS),
        header(RingLayout.UPDATES),
        header(RingLayout.COPIES));
    array(batch.tokenIds(), layout.tokenIds, batch.tokens());
    array(batch.sequenceSlots(), layout.sequenceSlots, batch.sequences());
    array(batch.queryStart(), layout.queryStart, batch.sequences() + 1);
    array(batch.sequenceLengths(), layout.sequenceLengths, batch.sequences());
    array(batch.rowTokens(), layout.rowTokens, batch.rows());
    array(batch.rowSlots(), layout.rowSlots, batch.rows());
    array(batch.rowPositions(), layout.rowPositions, batch.rows());
    array(batch.rowOutputs(), layout.rowOutputs, batch.rows());
    array(batch.rowTargets(), layout.rowTargets, batch.rows());
    get(batch.copies(), 2 * batch.copyCount());
    get(batch.tableUpdates(), 3 * batch.tableUpdateCount());
    for (int i = 0; i < assignments; i++) {
      batch.addAssignment(Assignments.read(this));
    }
    release();
  }

  private int header(int at) {
    return memory.get(INT, frame + at);
  }

  private void array(int[] values, long at, int count) {
    MemorySegment.copy(memory, INT, frame + at, values, 0, count);
  }

  @Override
  public int get() {
    next();
    return memory.get(INT, frame + layout.variable + 4L * used++);
  }

  @Override
  public void get(int[] values, int count) {
    for (int from = 0; from < count; ) {
      next();
      int part = Math.min(count - from, RingLayout.VARIABLE_INTS - used);
      MemorySegment.copy(memory, INT, frame + layout.variable + 4L * used, values, from, part);
      used += part;
      from += part;
    }
  }

  private void next() {
    if (used == RingLayout.VARIABLE_INTS) {
      release();
      begin();
    }
  }

  private void release() {
    read.set(++frames);
  }

  /** The writer is in the middle of a batch, or has written one: it does not let us wait long. */
  private void begin() {
    while (!ready()) {
      await(LOOK_NANOS);
    }
    frame = layout.frame(frames);
    used = 0;
  }
}
