package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Host memory of one step on its way; two of them take turns. */
final class Flight implements AutoCloseable {
  /** Bytes for slot assignments; what does not fit gets memory of its own. */
  private static final long EXTRA = 256 << 10;

  private final DeviceMemory memory;
  private final CommandQueue queue;
  private final StagingBuffer up;
  private final StagingBuffer down;
  private final MemorySegment main;
  private final long extraFrom;
  private final List<StagingBuffer> overflow = new ArrayList<>();
  private long extra;

  /**
   * Allocates it.
   *
   * @param memory where
   * @param words of the step's area
   * @param resultBytes what comes back at most
   */
  Flight(DeviceMemory memory, int words, long resultBytes) {
    this.memory = memory;
    queue = memory.queue();
    extraFrom = 4L * words;
    up = memory.staging(extraFrom + EXTRA);
    down = memory.staging(resultBytes);
    main = up.segment();
    main.fill((byte) 0);
  }

  /** Begins another step; the one before has ended. */
  void begin() {
    extra = extraFrom;
    Closing.all(overflow);
  }

  CommandQueue queue() {
    return queue;
  }

  /** Writes whole numbers into the step's area. */
  void put(int word, int[] values, int from, int count) {
    MemorySegment.copy(values, from, main, ValueLayout.JAVA_INT, 4L * word, count);
  }

  /** Writes one whole number into the step's area. */
  void put(int word, int value) {
    main.set(ValueLayout.JAVA_INT, 4L * word, value);
  }

  /** Queues the copy of the area's first words. */
  void upload(StepArea area, int words) {
    queue.upload(up, 0, area.buffer(), 0, 4L * words);
  }

  /** Queues the copy of other numbers. */
  void upload(int[] values, DeviceBuffer target, long offset) {
    upload(values, 0, values.length, target, offset);
  }

  /** Queues the copy of some numbers. */
  void upload(int[] values, int from, int count, DeviceBuffer target, long offset) {
    if (count == 0) {
      return;
    }
    long bytes = 4L * count;
    StagingBuffer source = up;
    long at = extra;
    if (extra + bytes <= up.segment().byteSize()) {
      extra += bytes;
    } else {
      source = memory.driver().allocateStaging(bytes);
      overflow.add(source);
      at = 0;
    }
    MemorySegment.copy(values, from, source.segment(), ValueLayout.JAVA_INT, at, count);
    queue.upload(source, at, target, offset, bytes);
  }

  StagingBuffer down() {
    return down;
  }

  @Override
  public void close() {
    Closing.all(overflow);
  }
}
