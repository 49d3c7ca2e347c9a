package io.quire.text.bpe;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Remembers the tokens of short words. Each word has one place, where the latest one stays: no
 * locks and no more than 4096 words of 24 characters, whatever the texts. Safe for use by several
 * threads.
 */
final class WordCache {
  private static final int SLOTS = 4096;
  private static final int MAX_LENGTH = 24;

  private final AtomicReferenceArray<Entry> entries = new AtomicReferenceArray<>(SLOTS);

  private record Entry(String word, int[] ids) {}

  /**
   * Looks a word up.
   *
   * @param word any word
   * @return its ids, not to be changed
   */
  Optional<int[]> get(String word) {
    if (word.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    Entry entry = entries.getAcquire(slot(word));
    return entry != null && entry.word().equals(word) ? Optional.of(entry.ids()) : Optional.empty();
  }

  /**
   * Remembers a word if it is short.
   *
   * @param word any word
   * @param ids its ids, not to be changed afterwards
   */
  void put(String word, int[] ids) {
    if (word.length() <= MAX_LENGTH) {
      entries.setRelease(slot(word), new Entry(word, ids));
    }
  }

  private static int slot(String word) {
    int hash = word.hashCode();
    return (hash ^ hash >>> 12 ^ hash >>> 24) & (SLOTS - 1);
  }
}
