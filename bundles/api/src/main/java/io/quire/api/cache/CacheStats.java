package io.quire.api.cache;

/**
 * How a cache is used.
 *
 * @param blocks blocks in all
 * @param blockTokens tokens in a block
 * @param freeBlocks blocks without a reference
 * @param cachedBlocks free blocks that are findable by content
 * @param queriedTokens tokens that {@link BlockManager#attachPrefix} was asked for, since the start
 * @param hitTokens tokens that it attached, since the start
 * @param evictions findable blocks that lost their content, since the start
 * @param copies blocks copied on write, since the start
 */
public record CacheStats(
    int blocks,
    int blockTokens,
    int freeBlocks,
    int cachedBlocks,
    long queriedTokens,
    long hitTokens,
    long evictions,
    long copies) {
  /** {@return the share of blocks with a reference, 0 to 1} */
  public double usage() {
    return blocks == 0 ? 0 : 1 - (double) freeBlocks / blocks;
  }
}
