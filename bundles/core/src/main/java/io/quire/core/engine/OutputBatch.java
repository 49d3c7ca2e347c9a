package io.quire.core.engine;

import io.quire.api.device.StepOutput;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import java.util.Arrays;

/**
 * What one step has brought, on its way from the loop to the output side. Flat arrays that are
 * reused, so that a token costs no allocation here.
 */
final class OutputBatch {
  /** A token of a choice. */
  static final byte TOKEN = 0;

  /** The score of a prompt token; {@link #position} says which. */
  static final byte SCORE = 1;

  /** A choice has ended: {@link #reason}, {@link #token} is the token that ended it or -1. */
  static final byte END = 2;

  /** All open choices of a request are aborted. */
  static final byte ABORT = 3;

  /** A request has failed: {@link #error}. */
  static final byte FAIL = 4;

  /** When the tokens arrived on the host. */
  long nanos;

  /** Whether nothing follows. */
  boolean last;

  private int count;
  private byte[] kinds = new byte[64];
  private ChoiceOutput[] choices = new ChoiceOutput[64];
  private int[] tokens = new int[64];
  private int[] positions = new int[64];
  private float[] logprobs = new float[64];
  private Object[] details = new Object[64];
  private int[] topEnds = new int[64];
  private int[] topTokens = new int[64];
  private float[] topLogprobs = new float[64];
  private int topCount;

  void clear() {
    Arrays.fill(choices, 0, count, null);
    Arrays.fill(details, 0, count, null);
    count = 0;
    topCount = 0;
    last = false;
  }

  int size() {
    return count;
  }

  void addToken(ChoiceOutput choice, StepOutput output, int row) {
    add(TOKEN, choice, output.tokens()[row], 0, null);
    addScores(output, row);
  }

  void addScore(ChoiceOutput choice, int position, StepOutput output, int row) {
    add(SCORE, choice, output.tokens()[row], position, null);
    addScores(output, row);
  }

  void addEnd(ChoiceOutput choice, FinishReason reason) {
    add(END, choice, -1, 0, reason);
  }

  void addEndToken(ChoiceOutput choice, FinishReason reason, StepOutput output, int row) {
    add(END, choice, output.tokens()[row], 0, reason);
    addScores(output, row);
  }

  void addAbort(ChoiceOutput choice) {
    add(ABORT, choice, -1, 0, null);
  }

  void addFail(ChoiceOutput choice, EngineException error) {
    add(FAIL, choice, -1, 0, error);
  }

  byte kind(int i) {
    return kinds[i];
  }

  ChoiceOutput choice(int i) {
    return choices[i];
  }

  int token(int i) {
    return tokens[i];
  }

  int position(int i) {
    return positions[i];
  }

  float logprob(int i) {
    return logprobs[i];
  }

  FinishReason reason(int i) {
    return (FinishReason) details[i];
  }

  EngineException error(int i) {
    return (EngineException) details[i];
  }

  int topStart(int i) {
    return i == 0 ? 0 : topEnds[i - 1];
  }

  int topEnd(int i) {
    return topEnds[i];
  }

  int topToken(int at) {
    return topTokens[at];
  }

  float topLogprob(int at) {
    return topLogprobs[at];
  }

  private void add(byte kind, ChoiceOutput choice, int token, int position, Object detail) {
    if (count == kinds.length) {
      grow();
    }
    kinds[count] = kind;
    choices[count] = choice;
    tokens[count] = token;
    positions[count] = position;
    details[count] = detail;
    topEnds[count] = topCount;
    count++;
  }

  private void addScores(StepOutput output, int row) {
    logprobs[count - 1] = output.logprobs()[row];
    int n = output.topCounts()[row];
    if (n == 0) {
      return;
    }
    if (topCount + n > topTokens.length) {
      int size = Math.max(topCount + n, topTokens.length * 2);
      topTokens = Arrays.copyOf(topTokens, size);
      topLogprobs = Arrays.copyOf(topLogprobs, size);
    }
    int from = row * output.maxLogprobs();
    System.arraycopy(output.topTokens(), from, topTokens, topCount, n);
    System.arraycopy(output.topLogprobs(), from, topLogprobs, topCount, n);
    topCount += n;
    topEnds[count - 1] = topCount;
  }

  private void grow() {
    int size = count * 2;
    kinds = Arrays.copyOf(kinds, size);
    choices = Arrays.copyOf(choices, size);
    tokens = Arrays.copyOf(tokens, size);
    positions = Arrays.copyOf(positions, size);
    logprobs = Arrays.copyOf(logprobs, size);
    details = Arrays.copyOf(details, size);
    topEnds = Arrays.copyOf(topEnds, size);
  }
}
