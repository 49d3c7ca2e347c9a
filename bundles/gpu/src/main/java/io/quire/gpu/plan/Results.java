package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepOutput;
import io.quire.gpu.kernel.Arguments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a round of rows computes, in one piece of device memory, so that one copy brings it: tokens
 * and what belongs to each, then the alternatives.
 */
final class Results {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int ALIGNMENT = 64;

  private final int maxLogprobs;
  private final long stride;
  private final DeviceBuffer buffer;
  private final DeviceBuffer sampled;

  /**
   * Allocates it.
   *
   * @param options the plan's sizes
   * @param rows rows of a round
   * @param memory where
   */
  Results(PlanOptions options, int rows, DeviceMemory memory) {
    maxLogprobs = options.maxLogprobs();
    stride = 4L * Math.ceilDiv(rows, ALIGNMENT) * ALIGNMENT;
    buffer = memory.zeros(stride * (4 + 2L * Math.max(1, maxLogprobs)));
    // Where one round is all, its tokens are those that the next step takes.
    sampled = rows == options.maxRows() ? buffer : memory.zeros(4L * options.maxRows());
  }

  /** {@return the tokens of every row of the step} */
  DeviceBuffer sampled() {
    return sampled;
  }

  /** {@return whether a round's tokens must be copied to {@link #sampled}} */
  boolean apart() {
    return sampled != buffer;
  }

  DeviceBuffer buffer() {
    return buffer;
  }

  Arguments offer(Arguments arguments) {
    long alternatives = stride * Math.max(1, maxLogprobs);
    return arguments
        .buffer("sampled", buffer.slice(0, stride))
        .buffer("invalid", buffer.slice(stride, stride))
        .buffer("logprobs", buffer.slice(2 * stride, stride))
        .buffer("top_counts", buffer.slice(3 * stride, stride))
        .buffer("top_tokens", buffer.slice(4 * stride, alternatives))
        .buffer("top_logprobs", buffer.slice(4 * stride + alternatives, alternatives));
  }

  /** {@return bytes to copy, less where nobody asked for alternatives} */
  long bytes(boolean alternatives) {
    return alternatives ? buffer.bytes() : 4 * stride;
  }

  /**
   * Reads a round.
   *
   * @param data the copied bytes
   * @param from first row of the round
   * @param count its rows
   * @param out receives them
   */
  void read(MemorySegment data, int from, int count, StepOutput out) {
    long tops = stride * Math.max(1, maxLogprobs);
    MemorySegment.copy(data, INT, 0, out.tokens(), from, count);
    MemorySegment.copy(data, FLOAT, 2 * stride, out.logprobs(), from, count);
    for (int i = 0; i < count; i++) {
      int row = from + i;
      boolean invalid = data.get(INT, stride + 4L * i) != 0;
      out.invalid()[row] = invalid;
      int top = invalid ? 0 : Math.clamp(data.get(INT, 3 * stride + 4L * i), 0, maxLogprobs);
      out.topCounts()[row] = top;
      for (int k = 0; k < top; k++) {
        long at = 4L * ((long) i * Math.max(1, maxLogprobs) + k);
        out.topTokens()[row * maxLogprobs + k] = data.get(INT, 4 * stride + at);
        out.topLogprobs()[row * maxLogprobs + k] = data.get(FLOAT, 4 * stride + tops + at);
      }
    }
  }
}
