package io.quire.text.bpe;

import io.quire.text.token.LongTable;

/** Which two tokens merge, into which, and how early. Built once, then only read. */
public final class PairMerges {
  private final LongTable ranks;
  private final int[] merged;
  private int count;

  /**
   * Starts a list of merges.
   *
   * @param size how many there will be at most
   */
  public PairMerges(int size) {
    ranks = new LongTable(size);
    merged = new int[size];
  }

  /**
   * Adds the next merge; one that is there already keeps its earlier rank.
   *
   * @param left id of the left token
   * @param right id of the right token
   * @param result id of the token they become
   */
  public void add(int left, int right, int result) {
    ranks.putIfAbsent(key(left, right), count);
    merged[count++] = result;
  }

  /**
   * Looks a pair up.
   *
   * @param left id of the left token
   * @param right id of the right token
   * @return rank times 2^32 plus the id of the result, or -1
   */
  long find(int left, int right) {
    int rank = ranks.get(key(left, right));
    return rank < 0 ? Merging.NONE : (long) rank << 32 | merged[rank];
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
