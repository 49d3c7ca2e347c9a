package io.quire.worker.ring;

import io.quire.api.device.PlanOptions;

/**
 * Where everything lies in a ring's file, byte by byte. Numbers have the machine's own byte order,
 * as both sides run on it.
 *
 * <pre>
 *     0  int   magic, int version, long bytes of the file
 *   128  int   frames written by the parent         256  int  whether the child sleeps for them
 *   384  int   frames read by the child             512  int  whether the parent sleeps for them
 *   640  int   steps ended by the child             768  int  whether the parent sleeps for them
 *   896  int   heartbeat of the child's step thread
 *  1024  {@value #FRAMES} frames, then {@value #FRAMES} outputs
 * </pre>
 *
 * <p>Counters begin at 0, only grow, and wrap around; the frame of number {@code n} is {@code n %}
 * {@value #FRAMES}, and so is the output of step {@code n}. Each counter has one writer and a cache
 * line pair of its own.
 *
 * <p>A <b>frame</b> is a header, the batch's arrays at fixed places, and a variable part of {@value
 * #VARIABLE_INTS} ints: block copies, table updates, and the slot assignments as {@link
 * Assignments} codes them. A step takes one frame; where its variable part is longer, as many as
 * that part needs, of which all but the first have a variable part alone.
 *
 * <p>An <b>output</b> is a header, the arrays of a {@link io.quire.api.device.StepOutput} at fixed
 * places, and room for {@value #MESSAGE_BYTES} bytes of an error's message.
 */
public final class RingLayout {
  /** Frames, and outputs: as many as steps may be in flight. */
  static final int FRAMES = 2;

  /** First number of a file. */
  static final int MAGIC = 0x51524e47;

  /** Changes with every change of the layout. */
  static final int VERSION = 1;

  static final long BYTES_AT = 8;

  /** Distance of a counter from the flag that says whether somebody sleeps for it. */
  static final long SLEEPER = 128;

  static final long WRITTEN = 128;
  static final long READ = 384;
  static final long ENDED = 640;
  static final long BEAT = 896;

  /** Ints of a frame's variable part. */
  static final int VARIABLE_INTS = 1 << 16;

  /** Most bytes of an error's message, in UTF-8. */
  static final int MESSAGE_BYTES = 4096;

  /** Ints of a frame's header. */
  static final int TOKENS = 0;

  static final int SEQUENCES = 4;
  static final int ROWS = 8;
  static final int COPIES = 12;
  static final int UPDATES = 16;
  static final int ASSIGNMENTS = 20;

  /** Grows when the parent has seen a refusal; see {@link StepServer}. */
  static final int EPOCH = 24;

  /** Ints of an output's header. */
  static final int STATUS = 0;

  /** Length of the message. */
  static final int MESSAGE = 4;

  /** Whether a row is invalid. */
  static final int ANY_INVALID = 8;

  /** Whether a row has alternatives. */
  static final int ANY_TOP = 12;

  private static final long START = 1024;
  private static final long HEADER = 64;
  private static final long LINE = 128;

  final long tokenIds = HEADER;
  final long sequenceSlots;
  final long queryStart;
  final long sequenceLengths;
  final long rowTokens;
  final long rowSlots;
  final long rowPositions;
  final long rowOutputs;
  final long rowTargets;
  final long variable;
  final long tokens = HEADER;
  final long logprobs;
  final long invalid;
  final long topCounts;
  final long topTokens;
  final long topLogprobs;
  final long message;
  private final long frameBytes;
  private final long outputBytes;

  /**
   * Lays a ring out.
   *
   * @param options the plan's sizes
   */
  public RingLayout(PlanOptions options) {
    long rows = options.maxRows();
    long sequences = options.maxSequences();
    sequenceSlots = tokenIds + 4L * options.maxTokens();
    queryStart = sequenceSlots + 4 * sequences;
    sequenceLengths = queryStart + 4 * (sequences + 1);
    rowTokens = sequenceLengths + 4 * sequences;
    rowSlots = rowTokens + 4 * rows;
    rowPositions = rowSlots + 4 * rows;
    rowOutputs = rowPositions + 4 * rows;
    rowTargets = rowOutputs + 4 * rows;
    variable = rowTargets + 4 * rows;
    frameBytes = aligned(variable + 4L * VARIABLE_INTS);
    logprobs = tokens + 4 * rows;
    topCounts = logprobs + 4 * rows;
    topTokens = topCounts + 4 * rows;
    topLogprobs = topTokens + 4 * Math.multiplyExact(rows, options.maxLogprobs());
    invalid = topLogprobs + 4 * Math.multiplyExact(rows, options.maxLogprobs());
    message = invalid + rows;
    outputBytes = aligned(message + MESSAGE_BYTES);
  }

  /** {@return the size of the file} */
  long bytes() {
    return START + FRAMES * (frameBytes + outputBytes);
  }

  /** {@return where a frame begins} */
  long frame(int number) {
    return START + Math.floorMod(number, FRAMES) * frameBytes;
  }

  /** {@return where the output of a step begins} */
  long output(int step) {
    return START + FRAMES * frameBytes + Math.floorMod(step, FRAMES) * outputBytes;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, LINE) * LINE;
  }
}
