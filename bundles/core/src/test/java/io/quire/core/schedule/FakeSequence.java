package io.quire.core.schedule;

import io.quire.api.cache.BlockTable;
import io.quire.api.schedule.Sequence;

/** A sequence whose tokens are decided beforehand, as if a model had made them. */
final class FakeSequence implements Sequence {
  final int promptLength;
  final int lastLength;
  final int[] tokens;

  /** What the keys and values of each position depend on: all tokens up to it. */
  final long[] content;

  boolean admitted;
  int known;
  int slots = 1;
  int attached;

  /** Its blocks and computed tokens after the last step. */
  int lastBlocks;

  int lastComputed;
  private final long id;
  private final int priority;
  private final long arrival;
  private final BlockTable blocks;
  private int length;
  private int computed;

  FakeSequence(long id, int priority, long arrival, int prompt, int[] tokens, BlockTable blocks) {
    this.id = id;
    this.priority = priority;
    this.arrival = arrival;
    this.tokens = tokens;
    this.blocks = blocks;
    promptLength = prompt;
    lastLength = tokens.length - 1; // An asynchronous engine computes one token too many.
    length = prompt;
    known = prompt;
    content = new long[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      content[i] = ((i == 0 ? 0 : content[i - 1]) ^ tokens[i]) * 0x9E3779B97F4A7C15L + i;
    }
  }

  FakeSequence(long id, int prompt, int[] tokens, BlockTable blocks) {
    this(id, 0, id, prompt, tokens, blocks);
  }

  void advance(int count, boolean sampled) {
    computed += count;
    length += sampled ? 1 : 0;
    remember();
  }

  /** A fork starts where its parent is. */
  void adopt(FakeSequence parent) {
    computed = parent.computed;
    length = parent.length;
    known = parent.known;
    admitted = true;
    // The parent accounts for the blocks that both hold.
    attached = blocks.size();
    remember();
  }

  void remember() {
    lastBlocks = blocks.size();
    lastComputed = computed;
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
    return arrival;
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
    attached = blocks.size();
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
    return slots;
  }

  @Override
  public boolean known() {
    return known == length;
  }

  @Override
  public String toString() {
    return id
        + " (priority "
        + priority
        + ", "
        + computed
        + " of "
        + length
        + " tokens computed, "
        + blocks.size()
        + " blocks)";
  }
}
