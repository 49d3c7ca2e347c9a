package io.quire.worker.ring;

import io.quire.api.device.StepOutput;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** What steps computed, or why they did not, as it lies in a ring. */
final class Outputs {
  /** The step has run. */
  static final int DONE = 0;

  /** The device refused it and is sound. */
  static final int REFUSED = 1;

  /** The device is lost. */
  static final int LOST = 2;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private final MemorySegment memory;
  private final RingLayout layout;

  Outputs(Ring ring) {
    memory = ring.memory;
    layout = ring.layout;
  }

  /** Writes what a step computed. */
  void write(int step, StepOutput out) {
    long at = layout.output(step);
    int rows = out.rows();
    MemorySegment.copy(out.tokens(), 0, memory, INT, at + layout.tokens, rows);
    MemorySegment.copy(out.logprobs(), 0, memory, FLOAT, at + layout.logprobs, rows);
    boolean anyInvalid = false;
    boolean anyTop = false;
    for (int row = 0; row < rows; row++) {
      anyInvalid |= out.invalid()[row];
      anyTop |= out.topCounts()[row] > 0;
    }
    if (anyInvalid) {
      for (int row = 0; row < rows; row++) {
        memory.set(BYTE, at + layout.invalid + row, (byte) (out.invalid()[row] ? 1 : 0));
      }
    }
    if (anyTop) {
      MemorySegment.copy(out.topCounts(), 0, memory, INT, at + layout.topCounts, rows);
      for (int row = 0; row < rows; row++) {
        int from = row * out.maxLogprobs();
        int count = out.topCounts()[row];
        long to = at + 4L * from;
        MemorySegment.copy(out.topTokens(), from, memory, INT, to + layout.topTokens, count);
        MemorySegment.copy(out.topLogprobs(), from, memory, FLOAT, to + layout.topLogprobs, count);
      }
    }
    memory.set(INT, at + RingLayout.STATUS, DONE);
    memory.set(INT, at + RingLayout.ANY_INVALID, anyInvalid ? 1 : 0);
    memory.set(INT, at + RingLayout.ANY_TOP, anyTop ? 1 : 0);
  }

  /** Writes why a step computed nothing. */
  void writeFailure(int step, int status, String message) {
    long at = layout.output(step);
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, RingLayout.MESSAGE_BYTES);
    MemorySegment.copy(text, 0, memory, BYTE, at + layout.message, length);
    memory.set(INT, at + RingLayout.MESSAGE, length);
    memory.set(INT, at + RingLayout.STATUS, status);
  }

  /** {@return what became of a step; what is no known status counts as a loss} */
  int status(int step) {
    int status = memory.get(INT, layout.output(step) + RingLayout.STATUS);
    return status == DONE || status == REFUSED ? status : LOST;
  }

  /** {@return why a step computed nothing} */
  String message(int step) {
    long at = layout.output(step);
    int length = Math.clamp(memory.get(INT, at + RingLayout.MESSAGE), 0, RingLayout.MESSAGE_BYTES);
    byte[] text = new byte[length];
    MemorySegment.copy(memory, BYTE, at + layout.message, text, 0, length);
    return new String(text, StandardCharsets.UTF_8);
  }

  /**
   * Reads what a step computed. The writer may be a process gone mad: counts are held in bounds.
   *
   * @param step its number
   * @param rows that its batch had
   * @param out gets it
   */
  void read(int step, int rows, StepOutput out) {
    long at = layout.output(step);
    out.reset(rows);
    MemorySegment.copy(memory, INT, at + layout.tokens, out.tokens(), 0, rows);
    MemorySegment.copy(memory, FLOAT, at + layout.logprobs, out.logprobs(), 0, rows);
    if (memory.get(INT, at + RingLayout.ANY_INVALID) != 0) {
      for (int row = 0; row < rows; row++) {
        out.invalid()[row] = memory.get(BYTE, at + layout.invalid + row) != 0;
      }
    }
    if (memory.get(INT, at + RingLayout.ANY_TOP) != 0) {
      readTop(at, rows, out);
    }
  }

  private void readTop(long at, int rows, StepOutput out) {
    MemorySegment.copy(memory, INT, at + layout.topCounts, out.topCounts(), 0, rows);
    for (int row = 0; row < rows; row++) {
      int count = Math.clamp(out.topCounts()[row], 0, out.maxLogprobs());
      out.topCounts()[row] = count;
      int to = row * out.maxLogprobs();
      long from = at + 4L * to;
      MemorySegment.copy(memory, INT, from + layout.topTokens, out.topTokens(), to, count);
      MemorySegment.copy(memory, FLOAT, from + layout.topLogprobs, out.topLogprobs(), to, count);
    }
  }
}
