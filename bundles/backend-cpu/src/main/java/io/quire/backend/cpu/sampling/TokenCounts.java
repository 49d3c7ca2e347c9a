package io.quire.backend.cpu.sampling;

import java.util.Arrays;

/** Which tokens a sequence has, and how often each occurs in its output: a hash table of ints. */
final class TokenCounts {
  private static final int EMPTY = -1;

  private int[] tokens;
  private int[] outputs;
  private int size;

  TokenCounts(int expected) {
    int capacity = Integer.highestOneBit(Math.max(16, Math.min(expected, 1 << 28))) << 2;
    tokens = new int[capacity];
    outputs = new int[capacity];
    Arrays.fill(tokens, EMPTY);
  }

  /** Counts one more occurrence. */
  void add(int token, boolean output) {
    if (2 * size >= tokens.length) {
      grow();
    }
    int at = find(token);
    if (tokens[at] == EMPTY) {
      tokens[at] = token;
      outputs[at] = 0;
      size++;
    }
    if (output) {
      outputs[at]++;
    }
  }

  /** Slots of the table, filled or not. */
  int capacity() {
    return tokens.length;
  }

  /** The token in a slot of the table, or a negative number. */
  int token(int at) {
    return tokens[at];
  }

  /** Occurrences in the output of the token in a slot of the table. */
  int outputs(int at) {
    return outputs[at];
  }

  private int find(int token) {
    int mask = tokens.length - 1;
    int at = token * 0x9E3779B9 >>> 7 & mask;
    while (tokens[at] != EMPTY && tokens[at] != token) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    int[] oldTokens = tokens;
    int[] oldOutputs = outputs;
    tokens = new int[oldTokens.length * 2];
    outputs = new int[tokens.length];
    Arrays.fill(tokens, EMPTY);
    for (int i = 0; i < oldTokens.length; i++) {
      if (oldTokens[i] != EMPTY) {
        int at = find(oldTokens[i]);
        tokens[at] = oldTokens[i];
        outputs[at] = oldOutputs[i];
      }
    }
  }
}
