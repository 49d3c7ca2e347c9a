package io.quire.text.token;

import java.util.Arrays;

/** A growing list of token ids. For one thread at a time. */
public final class Ids {
  private int[] values = new int[32];
  private int size;

  /** Creates an empty list. */
  public Ids() {}

  /**
   * Adds an id at the end.
   *
   * @param id a token id
   */
  public void add(int id) {
    if (size == values.length) {
      values = Arrays.copyOf(values, Math.multiplyExact(size, 2));
    }
    values[size++] = id;
  }

  /**
   * Adds ids at the end.
   *
   * @param ids token ids
   */
  public void addAll(int[] ids) {
    for (int id : ids) {
      add(id);
    }
  }

  /**
   * One of the ids.
   *
   * @param index from 0, less than {@link #size}
   * @return the id there
   */
  public int get(int index) {
    return values[index];
  }

  /** {@return how many ids there are} */
  public int size() {
    return size;
  }

  /** Removes all ids. */
  public void clear() {
    size = 0;
  }

  /** {@return the ids as a new array} */
  public int[] toArray() {
    return Arrays.copyOf(values, size);
  }

  /**
   * The last ids.
   *
   * @param from index of the first one wanted
   * @return the ids from there on as a new array
   */
  public int[] since(int from) {
    return Arrays.copyOfRange(values, from, size);
  }
}
