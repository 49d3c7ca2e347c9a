package io.quire.core.cache;

import io.quire.api.cache.BlockManager;
import io.quire.api.cache.BlockTable;
import io.quire.api.cache.CacheOptions;
import io.quire.api.cache.CacheStats;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;

/**
 * A block has a reference for each table that holds it; without one it is free, and findable by its
 * content until it is taken. Of one table the last block is taken first, because a prefix is worth
 * nothing without its beginning. Nothing here allocates in the steady state: reserving costs a few
 * array accesses, committing one SHA-256 for each block that has become full.
 *
 * @see <a href="https://arxiv.org/abs/2309.06180">Kwon et al., SOSP 2023, section 4</a>
 */
@Component(
    service = BlockManager.class,
    scope = ServiceScope.PROTOTYPE,
    property = BlockManager.POLICY + "=paged")
public final class PagedBlockManager implements BlockManager {
  private static final long[] NO_ROOT = {};

  private CacheOptions options;
  private int blockTokens;
  private BlockPool pool;
  private PrefixIndex index;
  private ContentHash hash;
  private final long[] name = new long[ContentHash.LONGS];
  private final CopyList copies = new CopyList();
  private int generation;
  private long queriedTokens;
  private long hitTokens;
  private long copied;

  /** Used by Declarative Services. */
  public PagedBlockManager() {}

  @Override
  public void open(CacheOptions sizes) {
    if (options != null) {
      throw new IllegalStateException(
          "the cache is open already, with " + options.blocks() + " blocks; it is opened once");
    }
    blockTokens = sizes.blockTokens();
    index = new PrefixIndex(sizes.blocks(), sizes.prefixSharing());
    pool = new BlockPool(sizes.blocks(), index);
    hash = new ContentHash(blockTokens);
    options = sizes;
  }

  @Override
  public BlockTable table(String salt) {
    boolean sharing = options().prefixSharing();
    return new PagedBlockTable(this, sharing ? hash.root(options.salt(), salt) : NO_ROOT);
  }

  @Override
  public int attachPrefix(BlockTable sequence, int[] tokens, int length) {
    PagedBlockTable table = own(sequence);
    if (table.size() > 0) {
      throw new IllegalStateException(
          "a prefix needs an empty table; this one has " + table.size() + " blocks");
    }
    queriedTokens += length;
    if (!options.prefixSharing()) {
      return 0;
    }
    table.generation = generation;
    // The last token is always computed: its logits are wanted.
    int most = (length - 1) / blockTokens;
    for (int i = 0; i < most; i++) {
      nameBlock(table, i, tokens);
      int block = index.find(name);
      if (block < 0) {
        break;
      }
      pool.share(block);
      table.append(block);
      table.named++;
    }
    hitTokens += (long) table.size() * blockTokens;
    return table.size() * blockTokens;
  }

  @Override
  public boolean reserve(BlockTable sequence, int computed, int length) {
    PagedBlockTable table = own(sequence);
    int size = table.size();
    if (computed < 0 || computed > length || computed > (long) size * blockTokens) {
      throw new IllegalStateException(
          "positions " + computed + " to " + length + " cannot follow " + capacity(table));
    }
    if (computed == length) {
      return true;
    }
    int first = computed / blockTokens;
    int blocks = (length - 1) / blockTokens + 1;
    int end = Math.min(blocks, size);
    int needed = blocks - end;
    for (int i = first; i < end; i++) {
      needed += pool.isShared(table.block(i)) ? 1 : 0;
    }
    if (needed > pool.free()) {
      return false;
    }
    for (int i = first; i < end; i++) {
      makeWritable(table, i);
    }
    if (size == 0) {
      table.generation = generation;
    }
    for (int i = end; i < blocks; i++) {
      table.append(pool.take());
    }
    return true;
  }

  /** Block {@code i} is about to change: it must be this table's alone, and nobody may find it. */
  private void makeWritable(PagedBlockTable table, int i) {
    int block = table.block(i);
    table.named = Math.min(table.named, i);
    if (pool.isShared(block)) {
      int copy = pool.take();
      pool.release(block);
      table.replace(i, copy);
      copies.add(block, copy);
      copied++;
    } else if (index.contains(block)) {
      index.remove(block);
    }
  }

  @Override
  public void commit(BlockTable sequence, int[] tokens, int computed) {
    PagedBlockTable table = own(sequence);
    if (computed > (long) table.size() * blockTokens) {
      throw new IllegalStateException(
          computed + " tokens cannot be computed in " + capacity(table));
    }
    // Content of an older generation stays unfindable: its beginning was forgotten for a reason.
    if (!options.prefixSharing() || table.generation != generation) {
      return;
    }
    while (computed - table.named * blockTokens >= blockTokens) {
      nameBlock(table, table.named, tokens);
      index.put(table.block(table.named), name);
      table.named++;
    }
  }

  /** Computes the name of block {@code i}; the blocks before it have theirs. */
  private void nameBlock(PagedBlockTable table, int i, int[] tokens) {
    long[] parent = i == 0 ? table.root : index.names();
    int parentAt = i == 0 ? 0 : table.block(i - 1) * ContentHash.LONGS;
    hash.next(parent, parentAt, tokens, i * blockTokens, name, 0);
  }

  @Override
  public BlockTable fork(BlockTable sequence) {
    PagedBlockTable table = own(sequence);
    for (int i = 0; i < table.size(); i++) {
      pool.share(table.block(i));
    }
    return new PagedBlockTable(table);
  }

  @Override
  public void release(BlockTable sequence) {
    PagedBlockTable table = own(sequence);
    for (int i = table.size() - 1; i >= 0; i--) {
      pool.release(table.block(i));
    }
    table.clear();
  }

  @Override
  public void drainCopies(CopySink sink) {
    copies.drain(sink);
  }

  @Override
  public void forgetPrefixes() {
    options();
    pool.forget();
    generation++;
  }

  @Override
  public int freeBlocks() {
    return pool.free();
  }

  @Override
  public CacheOptions options() {
    if (options == null) {
      throw new IllegalStateException("the cache has no blocks yet; open it first");
    }
    return options;
  }

  @Override
  public CacheStats stats() {
    return new CacheStats(
        options().blocks(),
        blockTokens,
        pool.free(),
        pool.cached(),
        queriedTokens,
        hitTokens,
        pool.evictions(),
        copied);
  }

  private String capacity(BlockTable table) {
    return table.size() + " blocks of " + blockTokens + " tokens";
  }

  private PagedBlockTable own(BlockTable table) {
    if (table instanceof PagedBlockTable paged && paged.owner == this) {
      return paged;
    }
    throw new IllegalStateException(
        "a table of "
            + table.size()
            + " blocks belongs to another cache; changing it here would corrupt both");
  }
}
