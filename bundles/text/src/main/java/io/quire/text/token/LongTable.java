package io.quire.text.token;

import io.quire.api.model.ModelFormatException;
import java.util.Arrays;

/**
 * A map from {@code long} to a non-negative {@code int} without objects, by open addressing.
 *
 * <p>Keys come from model files, so a run of occupied slots that is too long to be chance is
 * refused instead of letting a crafted vocabulary make every look-up slow.
 */
public final class LongTable {
  private static final int MISSING = -1;

  /** Chance alone, with half of the slots free, stays under 100 for a million keys. */
  private static final int MAX_PROBES = 1000;

  private long[] keys;
  private int[] values;
  private int size;

  /**
   * Creates a table.
   *
   * @param expected about how many keys it will have
   */
  public LongTable(int expected) {
    int slots = Integer.highestOneBit(Math.max(8, Math.min(expected - 1, 1 << 28))) * 4;
    keys = new long[slots];
    values = new int[slots];
    Arrays.fill(values, MISSING);
  }

  /**
   * Looks a key up.
   *
   * @param key any number
   * @return its value, or -1
   */
  public int get(long key) {
    int mask = keys.length - 1;
    int slot = slot(key, mask);
    while (values[slot] != MISSING && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return values[slot];
  }

  /**
   * Adds a key unless it is there.
   *
   * @param key any number
   * @param value not negative
   * @return whether the key was added
   * @throws ModelFormatException if the keys collide as no honest data does
   */
  public boolean putIfAbsent(long key, int value) {
    if (size * 2L >= keys.length) {
      grow();
    }
    int mask = keys.length - 1;
    int slot = slot(key, mask);
    int probes = 0;
    while (values[slot] != MISSING) {
      if (keys[slot] == key) {
        return false;
      }
      if (++probes > MAX_PROBES) {
        throw new ModelFormatException(
            "more than "
                + MAX_PROBES
                + " entries of the tokenizer fall on one place of its table; the file is built to"
                + " be slow and is refused");
      }
      slot = (slot + 1) & mask;
    }
    keys[slot] = key;
    values[slot] = value;
    size++;
    return true;
  }

  private void grow() {
    LongTable larger = new LongTable(keys.length);
    for (int i = 0; i < keys.length; i++) {
      if (values[i] != MISSING) {
        larger.putIfAbsent(keys[i], values[i]);
      }
    }
    keys = larger.keys;
    values = larger.values;
  }

  private static int slot(long key, int mask) {
    long h = key * 0x9E3779B97F4A7C15L;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    return (int) (h >>> 33) & mask;
  }
}
