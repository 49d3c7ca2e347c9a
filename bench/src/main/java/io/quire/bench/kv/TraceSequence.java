package io.quire.bench.kv;

import io.quire.api.cache.BlockTable;
import io.quire.api.schedule.Sequence;
import java.util.Arrays;

/** One turn of a conversation on its way through the scheduler. */
final class TraceSequence implements Sequence {
  final Conversation conversation;
  final int turn;
  private final long id;
  private final int priority;
  private final BlockTable blocks;
  private final int[] tokens;
  private int length;
  private int computed;

  TraceSequence(long id, Conversation conversation, int turn, BlockTable blocks) {
    this.id = id;
    this.conversation = conversation;
    this.turn = turn;
    this.priority = conversation.priority();
    this.blocks = blocks;
    int[] prompt = conversation.prompt(turn);
    int[] answer = conversation.turns().get(turn).answer();
    this.length = prompt.length;
    this.tokens = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
  }

  /**
   * Its last token is computed, so the next is known.
   *
   * @return whether it goes on; the very last token is never computed, as in the engine
   */
  boolean extend() {
    length++;
    return length < tokens.length;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public long arrival() {
    return id;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int computed() {
    return computed;
  }

  @Override
  public void setComputed(int value) {
    computed = value;
  }

  @Override
  public int[] tokens() {
    return tokens;
  }

  @Override
  public BlockTable blocks() {
    return blocks;
  }

  @Override
  public int slots() {
    return 1;
  }

  @Override
  public boolean known() {
    return true;
  }
}
