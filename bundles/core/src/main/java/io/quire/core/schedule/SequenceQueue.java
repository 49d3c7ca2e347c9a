package io.quire.core.schedule;

import io.quire.api.schedule.Sequence;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Sequences in a policy's order: a sorted array with room at both ends, so that taking the first or
 * the last one moves nothing. What the order looks at must not change while a sequence is inside.
 */
final class SequenceQueue {
  private final Comparator<Sequence> order;
  private Sequence[] items = new Sequence[64];
  private int start;
  private int size;

  /**
   * Makes an empty queue. The order is total: it finds two sequences equal only if they are one.
   */
  SequenceQueue(Comparator<Sequence> order) {
    this.order = order;
  }

  int size() {
    return size;
  }

  Sequence get(int index) {
    return items[start + index];
  }

  void add(Sequence sequence) {
    int index = -search(sequence) - 1;
    if (index < 0) {
      throw new IllegalArgumentException(
          "sequence " + sequence.id() + " is here already; its tokens would be computed twice");
    }
    if (start + size == items.length) {
      Sequence[] target = size > items.length / 2 ? new Sequence[items.length * 2] : items;
      System.arraycopy(items, start, target, 0, size);
      if (target == items) {
        Arrays.fill(items, size, items.length, null);
      }
      items = target;
      start = 0;
    }
    int at = start + index;
    System.arraycopy(items, at, items, at + 1, size - index);
    items[at] = sequence;
    size++;
  }

  boolean remove(Sequence sequence) {
    int index = search(sequence);
    if (index < 0 || get(index) != sequence) {
      return false;
    }
    removeAt(index);
    return true;
  }

  void removeAt(int index) {
    int at = start + index;
    if (index < size / 2) {
      System.arraycopy(items, start, items, start + 1, index);
      items[start++] = null;
    } else {
      System.arraycopy(items, at + 1, items, at, size - index - 1);
      items[start + size - 1] = null;
    }
    size--;
  }

  void copyTo(List<Sequence> target) {
    for (int i = 0; i < size; i++) {
      target.add(get(i));
    }
  }

  /** {@return the sequence's index, or {@code -(index + 1)} of where it belongs} */
  private int search(Sequence sequence) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int compared = order.compare(get(middle), sequence);
      if (compared == 0) {
        return middle;
      }
      if (compared < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -(low + 1);
  }
}
