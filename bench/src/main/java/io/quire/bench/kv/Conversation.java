package io.quire.bench.kv;

import java.util.List;

/**
 * One conversation: a system prompt that others have too, and turns that each see all before them.
 *
 * @param system tokens of the system prompt
 * @param gap steps from the arrival of the conversation before to this one's
 * @param priority of its requests; smaller goes first
 * @param turns in order, at least one
 */
record Conversation(int[] system, long gap, int priority, List<Turn> turns) {
  /**
   * A message and its answer.
   *
   * @param think steps from the answer before to this message
   * @param message tokens of the message
   * @param answer tokens of the answer, at least one
   */
  record Turn(long think, int[] message, int[] answer) {
    int length() {
      return message.length + answer.length;
    }
  }

  /**
   * What a turn is asked with: system prompt, all turns before it, its message.
   *
   * @param turn which, from 0
   * @return tokens
   */
  int[] prompt(int turn) {
    int length = system.length + turns.get(turn).message().length;
    for (int i = 0; i < turn; i++) {
      length += turns.get(i).length();
    }
    int[] tokens = new int[length];
    int at = append(tokens, 0, system);
    for (int i = 0; i < turn; i++) {
      at = append(tokens, at, turns.get(i).message());
      at = append(tokens, at, turns.get(i).answer());
    }
    append(tokens, at, turns.get(turn).message());
    return tokens;
  }

  private static int append(int[] target, int at, int[] source) {
    System.arraycopy(source, 0, target, at, source.length);
    return at + source.length;
  }
}
