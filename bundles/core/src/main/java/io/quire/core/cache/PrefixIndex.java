package io.quire.core.cache;

import java.util.Arrays;

/**
 * Finds a block by the name of its content ({@link ContentHash}). Keeps the name of every block
 * that was ever full, findable or not: it is the parent of the block after it. Open addressing with
 * linear probing, at most half full; 41 to 49 bytes a block.
 */
final class PrefixIndex {
  private static final int EMPTY = -1;

  private final long[] names;
  private final boolean[] findable;
  private final int[] cells;
  private final int mask;

  /** Makes an empty index; one that is not used takes a byte a block. */
  PrefixIndex(int blocks, boolean used) {
    findable = new boolean[blocks];
    names = new long[used ? Math.multiplyExact(blocks, ContentHash.LONGS) : 0];
    int size = used ? Integer.highestOneBit(blocks) << 2 : 1;
    cells = new int[size];
    mask = size - 1;
    Arrays.fill(cells, EMPTY);
  }

  /** {@return an array that holds the name of block {@code b} from {@code b * LONGS} on} */
  long[] names() {
    return names;
  }

  boolean contains(int block) {
    return findable[block];
  }

  /** {@return the block with this name, or -1} */
  int find(long[] name) {
    int cell = (int) name[0] & mask;
    while (cells[cell] != EMPTY && !hasName(cells[cell], name)) {
      cell = cell + 1 & mask;
    }
    return cells[cell];
  }

  /**
   * Names a block, and makes it findable unless another block has the name: that one stays, because
   * others may share it already.
   */
  void put(int block, long[] name) {
    if (findable[block]) {
      if (hasName(block, name)) {
        return;
      }
      remove(block);
    }
    System.arraycopy(name, 0, names, block * ContentHash.LONGS, ContentHash.LONGS);
    int cell = home(block);
    while (cells[cell] != EMPTY) {
      if (hasName(cells[cell], name)) {
        return;
      }
      cell = cell + 1 & mask;
    }
    cells[cell] = block;
    findable[block] = true;
  }

  /** Makes a findable block unfindable. It keeps its name. */
  void remove(int block) {
    int hole = home(block);
    while (cells[hole] != block) {
      hole = hole + 1 & mask;
    }
    // Moves back what was displaced past the hole, so that no probe stops too early.
    for (int cell = hole + 1 & mask; cells[cell] != EMPTY; cell = cell + 1 & mask) {
      if ((cell - home(cells[cell]) & mask) >= (cell - hole & mask)) {
        cells[hole] = cells[cell];
        hole = cell;
      }
    }
    cells[hole] = EMPTY;
    findable[block] = false;
  }

  void clear() {
    Arrays.fill(cells, EMPTY);
    Arrays.fill(findable, false);
  }

  private int home(int block) {
    return (int) names[block * ContentHash.LONGS] & mask;
  }

  private boolean hasName(int block, long[] name) {
    int at = block * ContentHash.LONGS;
    return names[at] == name[0]
        && names[at + 1] == name[1]
        && names[at + 2] == name[2]
        && names[at + 3] == name[3];
  }
}
