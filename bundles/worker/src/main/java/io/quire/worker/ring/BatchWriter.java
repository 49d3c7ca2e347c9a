package io.quire.worker.ring;

import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Copies batches into frames; the parent's side. One thread. */
final class BatchWriter implements IntSink {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final MemorySegment memory;
  private final RingLayout layout;
  private final Bell written;
  private final Bell read;
  private final Loss loss;

  /** Frames published so far. */
  private int frames;

  private long frame;
  private int used;

  BatchWriter(Ring ring, Loss loss) {
    memory = ring.memory;
    layout = ring.layout;
    written = ring.written;
    read = ring.read;
    this.loss = loss;
    frames = written.value();
  }

  /**
   * Writes a batch and publishes it. Waits only where it takes several frames.
   *
   * @param batch checked before
   * @param epoch see {@link RingLayout#EPOCH}
   */
  void write(StepBatch batch, int epoch) {
    begin();
    List<SlotAssignment> assignments = batch.assignments();
    header(RingLayout.TOKENS, batch.tokens());
    header(RingLayout.SEQUENCES, batch.sequences());
    header(RingLayout.ROWS, batch.rows());
    header(RingLayout.COPIES, batch.copyCount());
    header(RingLayout.UPDATES, batch.tableUpdateCount());
    header(RingLayout.ASSIGNMENTS, assignments.size());
    header(RingLayout.EPOCH, epoch);
    array(batch.tokenIds(), layout.tokenIds, batch.tokens());
    array(batch.sequenceSlots(), layout.sequenceSlots, batch.sequences());
    array(batch.queryStart(), layout.queryStart, batch.sequences() + 1);
    array(batch.sequenceLengths(), layout.sequenceLengths, batch.sequences());
    array(batch.rowTokens(), layout.rowTokens, batch.rows());
    array(batch.rowSlots(), layout.rowSlots, batch.rows());
    array(batch.rowPositions(), layout.rowPositions, batch.rows());
    array(batch.rowOutputs(), layout.rowOutputs, batch.rows());
    array(batch.rowTargets(), layout.rowTargets, batch.rows());
    put(batch.copies(), 2 * batch.copyCount());
    put(batch.tableUpdates(), 3 * batch.tableUpdateCount());
    for (int i = 0; i < assignments.size(); i++) {
      Assignments.write(assignments.get(i), this);
    }
    publish();
  }

  private void header(int at, int value) {
    memory.set(INT, frame + at, value);
  }

  private void array(int[] values, long at, int count) {
    MemorySegment.copy(values, 0, memory, INT, frame + at, count);
  }

  @Override
  public void put(int value) {
    makeRoom();
    memory.set(INT, frame + layout.variable + 4L * used++, value);
  }

  @Override
  public void put(int[] values, int count) {
    for (int from = 0; from < count; ) {
      makeRoom();
      int part = Math.min(count - from, RingLayout.VARIABLE_INTS - used);
      MemorySegment.copy(values, from, memory, INT, frame + layout.variable + 4L * used, part);
      used += part;
      from += part;
    }
  }

  private void makeRoom() {
    if (used == RingLayout.VARIABLE_INTS) {
      publish();
      begin();
    }
  }

  private void publish() {
    written.set(++frames);
  }

  /** Waits until the frame's last content was read. */
  private void begin() {
    while (frames - read.value() >= RingLayout.FRAMES) {
      loss.check();
      read.await(frames - RingLayout.FRAMES, LOOK_NANOS);
    }
    frame = layout.frame(frames);
    used = 0;
  }
}
