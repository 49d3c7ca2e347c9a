package io.quire.text.bpe;

import java.util.Arrays;

/**
 * Joins neighbouring symbols, best pair first and leftmost first among equals, until no pair can be
 * joined: O(n log n) for n symbols, whatever the text. A heap holds every pair that could be
 * joined; pairs that have changed since are recognised when they come up and skipped.
 *
 * <p>Subclasses hold the symbols, by position. For one thread at a time, reusable.
 */
public abstract class Merging {
  /** What {@link #candidate} returns where two symbols do not join. */
  protected static final long NONE = -1L;

  private static final int DEAD = -1;

  private int[] next = {};
  private int[] previous = {};
  private int[] order = {};
  private int[] result = {};
  private long[] heap = {};
  private int heapSize;

  /** For subclasses. */
  protected Merging() {}

  /**
   * Whether two neighbours join.
   *
   * @param left position of the left symbol
   * @param right position of the right symbol
   * @return order (a signed number, lowest first) times 2^32 plus the id of the result (not
   *     negative), or {@link #NONE}
   */
  protected abstract long candidate(int left, int right);

  /**
   * Puts the result of a join in the left one's place.
   *
   * @param left position of the left symbol
   * @param right position of the right symbol, which is gone now
   * @param id the id that {@link #candidate} gave
   */
  protected abstract void join(int left, int right, int id);

  /**
   * Joins all that can be joined.
   *
   * @param count number of symbols, from position 0
   */
  protected final void run(int count) {
    reserve(count);
    heapSize = 0;
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < count ? i + 1 : DEAD;
      result[i] = DEAD;
    }
    for (int i = 0; i + 1 < count; i++) {
      offer(i);
    }
    while (heapSize > 0) {
      long best = poll();
      int left = (int) best;
      if (result[left] != DEAD && order[left] == (int) (best >> 32)) {
        apply(left);
      }
    }
  }

  /**
   * The symbol after another one, once {@link #run} is done. The first is at 0.
   *
   * @param position of a symbol
   * @return position of the next one, or -1
   */
  protected final int after(int position) {
    return next[position];
  }

  private void apply(int left) {
    int right = next[left];
    join(left, right, result[left]);
    result[right] = DEAD;
    next[left] = next[right];
    if (next[left] != DEAD) {
      previous[next[left]] = left;
    }
    offer(left);
    if (previous[left] != DEAD) {
      offer(previous[left]);
    }
  }

  private void offer(int left) {
    result[left] = DEAD;
    if (next[left] == DEAD) {
      return;
    }
    long found = candidate(left, next[left]);
    if (found == NONE) {
      return;
    }
    order[left] = (int) (found >> 32);
    result[left] = (int) found;
    push(found >> 32 << 32 | left);
  }

  private void push(long entry) {
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, Math.max(64, heapSize * 2));
    }
    int at = heapSize++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent] <= entry) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  private long poll() {
    long top = heap[0];
    long last = heap[--heapSize];
    int at = 0;
    for (int child = 1; child < heapSize; child = 2 * at + 1) {
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (last <= heap[child]) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }

  private void reserve(int count) {
    if (next.length < count) {
      int capacity = Math.max(64, count);
      next = new int[capacity];
      previous = new int[capacity];
      order = new int[capacity];
      result = new int[capacity];
    }
  }
}
