package io.quire.core.engine;

/** The slots of a lane. The one given back last goes out first: its row is warm. */
final class SlotPool {
  private final int[] free;
  private int count;

  SlotPool(int slots) {
    free = new int[slots];
    for (int i = 0; i < slots; i++) {
      free[i] = slots - 1 - i;
    }
    count = slots;
  }

  /**
   * Takes slots.
   *
   * @param wanted how many
   * @return their numbers
   */
  int[] take(int wanted) {
    if (wanted > count) {
      throw new IllegalStateException(
          Message.of(
              "the scheduler starts a sequence of %d slots with %d of %d free",
              wanted, count, free.length));
    }
    int[] taken = new int[wanted];
    for (int i = 0; i < wanted; i++) {
      taken[i] = free[--count];
    }
    return taken;
  }

  void give(int[] slots) {
    for (int slot : slots) {
      free[count++] = slot;
    }
  }

  int free() {
    return count;
  }

  int size() {
    return free.length;
  }
}
