package io.quire.api.cache;

/**
 * The sizes of a paged cache.
 *
 * @param blocks number of blocks
 * @param blockTokens tokens in a block
 * @param prefixSharing whether full blocks are found again by their content
 * @param salt mixed into every content hash, so that equal prompts of different models or tenants
 *     share nothing
 */
public record CacheOptions(int blocks, int blockTokens, boolean prefixSharing, String salt) {
  /** Checks that the sizes are positive. */
  public CacheOptions {
    if (blocks < 1 || blockTokens < 1) {
      throw new IllegalArgumentException(
          "a cache needs blocks: " + blocks + " blocks of " + blockTokens + " tokens");
    }
  }
}
