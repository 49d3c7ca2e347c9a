package io.quire.core.cache;

import io.quire.api.cache.BlockManager.CopySink;
import java.util.Arrays;

/**
 * Block copies in the order in which they were decided. The order matters: a source may be freed
 * and become a later copy's target.
 */
final class CopyList {
  private int[] pairs = new int[64];
  private int length;

  void add(int source, int target) {
    if (length == pairs.length) {
      pairs = Arrays.copyOf(pairs, length * 2);
    }
    pairs[length++] = source;
    pairs[length++] = target;
  }

  void drain(CopySink sink) {
    for (int i = 0; i < length; i += 2) {
      sink.copy(pairs[i], pairs[i + 1]);
    }
    length = 0;
  }
}
