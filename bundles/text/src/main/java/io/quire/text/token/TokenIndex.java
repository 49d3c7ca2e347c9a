package io.quire.text.token;

import io.quire.api.model.ModelFormatException;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Finds tokens by their bytes. Its hash is a polynomial, so the hash of two neighbours joined
 * follows from theirs: merging never reads the bytes of a piece again only to learn that there is
 * no such token. Immutable.
 */
public final class TokenIndex {
  private static final long FACTOR = 0x5DEECE66D1B54A35L;
  private static final int MAX_PROBES = 1000;

  private final TokenTable table;
  private final int[] slots;
  private final int[] tags;
  private final long[] powers;

  /**
   * Indexes tokens. Where several have the same bytes, the lowest id is found.
   *
   * @param table all tokens
   * @param included which ids can be found; empty tokens never are
   * @throws ModelFormatException if tokens collide as no honest vocabulary does
   */
  public TokenIndex(TokenTable table, IntPredicate included) {
    this.table = table;
    int capacity = Integer.highestOneBit(Math.max(8, Math.min(table.size() - 1, 1 << 28))) * 4;
    slots = new int[capacity];
    tags = new int[capacity];
    int longest = 0;
    for (int id = 0; id < table.size(); id++) {
      int length = table.end(id) - table.start(id);
      if (length > 0 && included.test(id)) {
        longest = Math.max(longest, length);
        insert(id);
      }
    }
    powers = new long[longest + 1];
    powers[0] = 1;
    for (int i = 1; i <= longest; i++) {
      powers[i] = powers[i - 1] * FACTOR;
    }
  }

  /** {@return the length in bytes of the longest token that can be found} */
  public int longest() {
    return powers.length - 1;
  }

  /**
   * The hash of some bytes.
   *
   * @param bytes an array
   * @param from first index
   * @param to last index, exclusive
   * @return the hash that {@link #find(long, byte[], int, int)} wants
   */
  public static long hash(byte[] bytes, int from, int to) {
    long hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * FACTOR + (bytes[i] & 0xFF) + 1;
    }
    return hash;
  }

  /**
   * The hash of two pieces joined.
   *
   * @param left hash of the left one
   * @param right hash of the right one
   * @param rightLength length of the right one in bytes, at most {@link #longest}
   * @return the hash of both
   */
  public long join(long left, long right, int rightLength) {
    return left * powers[rightLength] + right;
  }

  /**
   * Finds a token.
   *
   * @param bytes all of its bytes
   * @return its id, or -1
   */
  public int find(byte[] bytes) {
    return find(hash(bytes, 0, bytes.length), bytes, 0, bytes.length);
  }

  /**
   * Finds a token.
   *
   * @param hash the hash of the bytes
   * @param bytes an array that holds its bytes
   * @param from first index
   * @param to last index, exclusive
   * @return its id, or -1
   */
  public int find(long hash, byte[] bytes, int from, int to) {
    int mask = slots.length - 1;
    long mixed = mix(hash);
    int tag = (int) (mixed >>> 32);
    for (int slot = (int) mixed & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
      if (tags[slot] == tag && same(slots[slot] - 1, bytes, from, to)) {
        return slots[slot] - 1;
      }
    }
    return -1;
  }

  private void insert(int id) {
    byte[] bytes = table.array();
    int from = table.start(id);
    int to = table.end(id);
    int mask = slots.length - 1;
    long mixed = mix(hash(bytes, from, to));
    int tag = (int) (mixed >>> 32);
    int slot = (int) mixed & mask;
    for (int probes = 0; slots[slot] != 0; slot = (slot + 1) & mask) {
      if (tags[slot] == tag && same(slots[slot] - 1, bytes, from, to)) {
        return;
      }
      if (++probes > MAX_PROBES) {
        throw new ModelFormatException(
            "more than "
                + MAX_PROBES
                + " tokens up to id "
                + id
                + " share a hash; the vocabulary is built to be slow and is refused");
      }
    }
    slots[slot] = id + 1;
    tags[slot] = tag;
  }

  private boolean same(int id, byte[] bytes, int from, int to) {
    return Arrays.equals(table.array(), table.start(id), table.end(id), bytes, from, to);
  }

  private static long mix(long hash) {
    long h = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    return h ^ (h >>> 32);
  }
}
