package io.quire.api.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The choice for one step: sequences with numbers of tokens, and the sequences that lost their
 * blocks for it. Reused.
 */
public final class Schedule {
  private final List<Sequence> sequences = new ArrayList<>();
  private final List<Sequence> preempted = new ArrayList<>();
  private int[] tokens = new int[64];
  private int totalTokens;

  /** Makes an empty schedule. */
  public Schedule() {}

  /** Empties it. */
  public void clear() {
    sequences.clear();
    preempted.clear();
    totalTokens = 0;
  }

  /**
   * Chooses a sequence.
   *
   * @param sequence not chosen yet
   * @param count how many of its tokens are computed, at least 1
   */
  public void add(Sequence sequence, int count) {
    if (sequences.size() == tokens.length) {
      tokens = Arrays.copyOf(tokens, tokens.length * 2);
    }
    tokens[sequences.size()] = count;
    sequences.add(sequence);
    totalTokens += count;
  }

  /**
   * Takes a choice back.
   *
   * @param sequence may or may not be chosen
   * @return its number of tokens, 0 if it was not chosen
   */
  public int remove(Sequence sequence) {
    int index = sequences.indexOf(sequence);
    if (index < 0) {
      return 0;
    }
    int count = tokens[index];
    sequences.remove(index);
    System.arraycopy(tokens, index + 1, tokens, index, sequences.size() - index);
    totalTokens -= count;
    return count;
  }

  /**
   * Records that a sequence has lost its blocks.
   *
   * @param sequence released, waiting
   */
  public void addPreempted(Sequence sequence) {
    preempted.add(sequence);
  }

  /** {@return how many sequences are chosen} */
  public int size() {
    return sequences.size();
  }

  /**
   * A chosen sequence.
   *
   * @param index which, from 0
   * @return the sequence
   */
  public Sequence sequence(int index) {
    return sequences.get(index);
  }

  /**
   * Its number of tokens.
   *
   * @param index which, from 0
   * @return tokens to compute
   */
  public int tokens(int index) {
    return tokens[index];
  }

  /** {@return the number of tokens of all chosen sequences} */
  public int totalTokens() {
    return totalTokens;
  }

  /** {@return the sequences that lost their blocks} */
  public List<Sequence> preempted() {
    return preempted;
  }
}
