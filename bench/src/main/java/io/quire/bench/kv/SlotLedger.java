package io.quire.bench.kv;

import io.quire.api.cache.BlockManager;
import io.quire.api.cache.BlockTable;
import io.quire.api.cache.CacheOptions;
import io.quire.api.cache.CacheStats;
import java.util.Arrays;
import java.util.Locale;

/**
 * Keeps books on a block manager from outside: which of the slots it hands out ever hold a token.
 *
 * <p>An allocation is a block from {@link #reserve} until its last reference is gone. Then its
 * slots and those that held a token are counted, once, however many tables shared it; a block found
 * again by its content later is the same allocation and is not counted again.
 */
final class SlotLedger implements BlockManager {
  private final BlockManager manager;
  private int blockTokens;
  private int[] references = {};
  private int[] filled = {};
  private boolean[] counted = {};
  private int usedBlocks;
  private long heldSlots;
  private long allocatedSlots;
  private long usedSlots;

  SlotLedger(BlockManager manager) {
    this.manager = manager;
  }

  @Override
  public void open(CacheOptions options) {
    manager.open(options);
    blockTokens = options.blockTokens();
    references = new int[options.blocks()];
    filled = new int[options.blocks()];
    counted = new boolean[options.blocks()];
  }

  @Override
  public BlockTable table(String salt) {
    return manager.table(salt);
  }

  @Override
  public int attachPrefix(BlockTable table, int[] tokens, int length) {
    int attached = manager.attachPrefix(table, tokens, length);
    refer(table);
    return attached;
  }

  @Override
  public boolean reserve(BlockTable table, int computed, int length) {
    int from = computed / blockTokens;
    int[] before = blocks(table, from);
    if (!manager.reserve(table, computed, length)) {
      return false;
    }
    for (int i = from; i < table.size(); i++) {
      int old = i - from < before.length ? before[i - from] : -1;
      int block = table.block(i);
      if (block == old) {
        continue;
      }
      allocate(block);
      if (old >= 0) {
        fill(block, Math.clamp(computed - (long) i * blockTokens, 0, filled[old]));
        drop(old);
      }
    }
    return true;
  }

  @Override
  public void commit(BlockTable table, int[] tokens, int computed) {
    manager.commit(table, tokens, computed);
  }

  @Override
  public BlockTable fork(BlockTable table) {
    BlockTable copy = manager.fork(table);
    refer(copy);
    return copy;
  }

  @Override
  public void release(BlockTable table) {
    int[] given = blocks(table, 0);
    manager.release(table);
    for (int block : given) {
      drop(block);
    }
  }

  /**
   * A step has written tokens.
   *
   * @param table of their sequence
   * @param from the first position
   * @param to after the last
   */
  void wrote(BlockTable table, int from, int to) {
    for (int i = from / blockTokens; i * blockTokens < to; i++) {
      fill(table.block(i), Math.min(blockTokens, to - i * blockTokens));
    }
  }

  /** {@return slots of all ended allocations} */
  long allocatedSlots() {
    return allocatedSlots;
  }

  /** {@return those of them that have held a token} */
  long usedSlots() {
    return usedSlots;
  }

  /** {@return slots of blocks with a reference, now} */
  long slotsNow() {
    return (long) usedBlocks * blockTokens;
  }

  /** {@return those of them that hold a token, now} */
  long heldNow() {
    return heldSlots;
  }

  private static int[] blocks(BlockTable table, int from) {
    int[] blocks = new int[Math.max(0, table.size() - from)];
    Arrays.setAll(blocks, i -> table.block(from + i));
    return blocks;
  }

  private void refer(BlockTable table) {
    for (int i = 0; i < table.size(); i++) {
      int block = table.block(i);
      if (references[block]++ == 0) {
        usedBlocks++;
        heldSlots += filled[block];
      }
    }
  }

  private void allocate(int block) {
    if (references[block] != 0) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "the block manager hands out block %d, which has %d references",
              block,
              references[block]));
    }
    references[block] = 1;
    filled[block] = 0;
    counted[block] = false;
    usedBlocks++;
  }

  private void fill(int block, int slots) {
    int more = Math.max(0, slots - filled[block]);
    filled[block] += more;
    heldSlots += more;
  }

  private void drop(int block) {
    if (--references[block] > 0) {
      return;
    }
    usedBlocks--;
    heldSlots -= filled[block];
    if (!counted[block]) {
      counted[block] = true;
      allocatedSlots += blockTokens;
      usedSlots += filled[block];
    }
  }

  @Override
  public void drainCopies(CopySink sink) {
    manager.drainCopies(sink);
  }

  @Override
  public void forgetPrefixes() {
    manager.forgetPrefixes();
  }

  @Override
  public int freeBlocks() {
    return manager.freeBlocks();
  }

  @Override
  public CacheOptions options() {
    return manager.options();
  }

  @Override
  public CacheStats stats() {
    return manager.stats();
  }
}
