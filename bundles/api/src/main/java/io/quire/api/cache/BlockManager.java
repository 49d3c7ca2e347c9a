package io.quire.api.cache;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Service, prototype scope: the paged KV cache of one lane as a matter of bookkeeping; the memory
 * itself is the device's. Blocks are counted by reference. A full block whose tokens are known is
 * found again by a chained hash of its content; without references it stays findable until its
 * place is needed, least recently used first. One thread.
 *
 * @see <a href="https://arxiv.org/abs/2309.06180">Kwon et al., Efficient Memory Management for
 *     Large Language Model Serving with PagedAttention, SOSP 2023, section 4</a>
 */
@ConsumerType
public interface BlockManager {
  /** Service property: the policy's name, such as {@code paged}. */
  String POLICY = "policy";

  /**
   * Sets the sizes, once, before anything else.
   *
   * @param options sizes
   */
  void open(CacheOptions options);

  /**
   * Makes an empty table.
   *
   * @param salt mixed into its blocks' hashes: tables share only with tables of the same salt;
   *     empty for none
   * @return the table, to be released
   */
  BlockTable table(String salt);

  /**
   * Attaches to an empty table the longest cached prefix of a sequence, in whole blocks, leaving at
   * least its last token to be computed.
   *
   * @param table an empty table
   * @param tokens the sequence's tokens
   * @param length how many of them there are
   * @return tokens attached, a multiple of the block size
   */
  int attachPrefix(BlockTable table, int[] tokens, int length);

  /**
   * Makes positions {@code [computed, length)} writable: appends blocks, and replaces a shared
   * block that would be written by a copy (see {@link #drainCopies}).
   *
   * @param table the sequence's table
   * @param computed positions that stay as they are
   * @param length positions in all
   * @return false, and nothing changed, if there are too few free blocks
   */
  boolean reserve(BlockTable table, int computed, int length);

  /**
   * Makes full blocks findable. Called when their content is on its way to the device, in order.
   *
   * @param table the sequence's table
   * @param tokens its tokens
   * @param computed how many of them are known and computed, or being computed by a submitted step
   */
  void commit(BlockTable table, int[] tokens, int computed);

  /**
   * Makes a second table of the same blocks.
   *
   * @param table the table to share
   * @return a table, to be released
   */
  BlockTable fork(BlockTable table);

  /**
   * Gives all blocks of a table back and empties it. Blocks that are findable stay so while their
   * place is not needed.
   *
   * @param table the table; it may be used again
   */
  void release(BlockTable table);

  /**
   * Hands out, in order, the copies that {@link #reserve} has decided on since the last call.
   *
   * @param sink takes source and target block of each copy, to be made before the next step's
   *     writes
   */
  void drainCopies(CopySink sink);

  /** Forgets all cached content; referenced blocks stay. */
  void forgetPrefixes();

  /** {@return the number of blocks without a reference, findable ones included} */
  int freeBlocks();

  /** {@return the sizes} */
  CacheOptions options();

  /** {@return counts since {@link #open}} */
  CacheStats stats();

  /** Takes block copies. */
  @FunctionalInterface
  interface CopySink {
    /**
     * One copy.
     *
     * @param source the block to copy
     * @param target the block to overwrite
     */
    void copy(int source, int target);
  }
}
