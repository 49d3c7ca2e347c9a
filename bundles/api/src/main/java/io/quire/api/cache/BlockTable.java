package io.quire.api.cache;

import org.osgi.annotation.versioning.ConsumerType;

/** The blocks of one sequence, in order. Made and changed by its {@link BlockManager} alone. */
@ConsumerType
public interface BlockTable {
  /** {@return the number of blocks} */
  int size();

  /**
   * One block.
   *
   * @param index which, from 0
   * @return its number in the cache
   */
  int block(int index);

  /**
   * {@return the first index that has changed since {@link #markClean}, or {@link #size()} if none
   * has}
   */
  int firstDirty();

  /** Remembers that the device knows the table as it is now. */
  void markClean();

  /** Forgets what the device knows: everything is dirty, as for a sequence in a new slot. */
  void markDirty();
}
