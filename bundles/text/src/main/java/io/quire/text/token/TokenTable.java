package io.quire.text.token;

import io.quire.api.model.ModelFormatException;
import java.util.Arrays;

/** One byte string for each token id, all in a single array. Immutable. */
public final class TokenTable {
  private final byte[] bytes;
  private final int[] ends;

  private TokenTable(byte[] bytes, int[] ends) {
    this.bytes = bytes;
    this.ends = ends;
  }

  /** {@return the number of ids, from 0} */
  public int size() {
    return ends.length;
  }

  /**
   * The bytes of a token.
   *
   * @param id a token id
   * @return a copy
   */
  public byte[] copy(int id) {
    return Arrays.copyOfRange(bytes, start(id), ends[id]);
  }

  /** {@return the array that holds all tokens; not to be changed} */
  public byte[] array() {
    return bytes;
  }

  /**
   * Where a token begins.
   *
   * @param id a token id
   * @return index into {@link #array}
   */
  public int start(int id) {
    return id == 0 ? 0 : ends[id - 1];
  }

  /**
   * Where a token ends.
   *
   * @param id a token id
   * @return index into {@link #array}, exclusive
   */
  public int end(int id) {
    return ends[id];
  }

  /**
   * Refuses ids that are not in the table.
   *
   * @param id a token id
   * @throws IllegalArgumentException if it is outside the vocabulary
   */
  public void check(int id) {
    if (id < 0 || id >= ends.length) {
      throw new IllegalArgumentException(
          "token id "
              + id
              + " is outside the vocabulary of "
              + ends.length
              + " tokens (0 to "
              + (ends.length - 1)
              + ")");
    }
  }

  /** Collects tokens in the order of their ids. */
  public static final class Builder {
    private byte[] bytes;
    private final int[] ends;
    private int count;
    private int used;

    /**
     * Starts a table.
     *
     * @param size the number of ids
     */
    public Builder(int size) {
      ends = new int[size];
      bytes = new byte[Math.max(64, Math.multiplyExact(size, 8))];
    }

    /**
     * Adds the token of the next id.
     *
     * @param token its bytes
     * @throws ModelFormatException if all tokens together exceed 1 GiB
     */
    public void add(byte[] token) {
      long end = (long) used + token.length;
      if (end > 1 << 30) {
        throw new ModelFormatException(
            "the tokens before id " + count + " take 1 GiB together; no vocabulary is that large");
      }
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.max(end, bytes.length + (bytes.length >> 1)));
      }
      System.arraycopy(token, 0, bytes, used, token.length);
      used = (int) end;
      ends[count++] = used;
    }

    /** {@return the table; ids that were not added are empty} */
    public TokenTable build() {
      Arrays.fill(ends, count, ends.length, used);
      return new TokenTable(Arrays.copyOf(bytes, used), ends);
    }
  }
}
