package io.quire.core.cache;

/**
 * The blocks without a reference, in the order in which they are taken: a doubly linked list over
 * two arrays, so that a findable block can leave its middle when it is referenced again.
 */
final class FreeBlocks {
  private final int[] next;
  private final int[] previous;
  private final int end;
  private int size;

  /** Makes a list of the blocks 0 to {@code blocks - 1}, in this order. */
  FreeBlocks(int blocks) {
    end = blocks;
    next = new int[blocks + 1];
    previous = new int[blocks + 1];
    for (int i = 0; i <= blocks; i++) {
      next[i] = i == end ? 0 : i + 1;
      previous[i] = i == 0 ? end : i - 1;
    }
    size = blocks;
  }

  int size() {
    return size;
  }

  /** {@return the block that is taken next; there must be one} */
  int first() {
    return next[end];
  }

  void addFirst(int block) {
    insert(block, end, next[end]);
  }

  void addLast(int block) {
    insert(block, previous[end], end);
  }

  void remove(int block) {
    next[previous[block]] = next[block];
    previous[next[block]] = previous[block];
    size--;
  }

  private void insert(int block, int before, int after) {
    next[before] = block;
    previous[block] = before;
    next[block] = after;
    previous[after] = block;
    size++;
  }
}
