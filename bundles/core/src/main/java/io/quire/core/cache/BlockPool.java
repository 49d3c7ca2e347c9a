package io.quire.core.cache;

/**
 * Who holds which block, and which block is taken next: those that nobody can find first, then
 * findable ones, least recently used first.
 */
final class BlockPool {
  private final int[] references;
  private final FreeBlocks free;
  private final PrefixIndex index;
  private int cached;
  private long evictions;

  BlockPool(int blocks, PrefixIndex index) {
    references = new int[blocks];
    free = new FreeBlocks(blocks);
    this.index = index;
  }

  /** {@return the number of blocks without a reference} */
  int free() {
    return free.size();
  }

  /** {@return how many of them are findable} */
  int cached() {
    return cached;
  }

  /** {@return findable blocks that lost their content to {@link #take}} */
  long evictions() {
    return evictions;
  }

  boolean isShared(int block) {
    return references[block] > 1;
  }

  /** {@return a free block, now with one reference and unfindable; there must be one} */
  int take() {
    int block = free.first();
    free.remove(block);
    references[block] = 1;
    if (index.contains(block)) {
      index.remove(block);
      cached--;
      evictions++;
    }
    return block;
  }

  /** Adds a reference, to a free findable block or to one that is held. */
  void share(int block) {
    if (references[block]++ == 0) {
      free.remove(block);
      cached--;
    }
  }

  void release(int block) {
    if (references[block] < 1) {
      throw new IllegalStateException(
          "block " + block + " has no reference left; to release it again would hand it out twice");
    }
    if (--references[block] > 0) {
      return;
    }
    if (index.contains(block)) {
      free.addLast(block);
      cached++;
    } else {
      free.addFirst(block);
    }
  }

  /** Makes all blocks unfindable. */
  void forget() {
    index.clear();
    cached = 0;
  }
}
