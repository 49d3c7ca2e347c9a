package io.quire.core.cache;

import io.quire.api.cache.BlockTable;
import java.util.Arrays;

/** The blocks of one sequence, and how many of them are named. */
final class PagedBlockTable implements BlockTable {
  /** Who made it. */
  final PagedBlockManager owner;

  /** The parent of its first block's name. */
  final long[] root;

  /** Leading blocks whose names are known, findable or not. */
  int named;

  /** The manager's generation of content when the first block came in. */
  int generation;

  private int[] blocks;
  private int size;
  private int dirty;

  PagedBlockTable(PagedBlockManager owner, long[] root) {
    this.owner = owner;
    this.root = root;
    blocks = new int[32];
  }

  PagedBlockTable(PagedBlockTable source) {
    owner = source.owner;
    root = source.root;
    named = source.named;
    generation = source.generation;
    blocks = source.blocks.clone();
    size = source.size;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int block(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("block " + index + " of a table of " + size);
    }
    return blocks[index];
  }

  @Override
  public int firstDirty() {
    return dirty;
  }

  @Override
  public void markClean() {
    dirty = size;
  }

  @Override
  public void markDirty() {
    dirty = 0;
  }

  void append(int block) {
    if (size == blocks.length) {
      blocks = Arrays.copyOf(blocks, size * 2);
    }
    blocks[size++] = block;
  }

  void replace(int index, int block) {
    blocks[index] = block;
    dirty = Math.min(dirty, index);
  }

  void clear() {
    size = 0;
    dirty = 0;
    named = 0;
  }
}
