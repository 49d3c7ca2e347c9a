package io.quire.gpu.plan;

import io.quire.api.device.PlanOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of sequences that decode steps are padded to, so that few graphs serve all steps.
 * Powers of two up to 256 are among them: kernels for few rows are made for those, and padding must
 * not lead to another kernel than the step's own number does.
 */
final class Buckets {
  private final int[] sizes;
  private final int[] indexes;

  /**
   * Finds the buckets of a plan; the last one holds the greatest decode step that it can have.
   *
   * @param options the plan's sizes
   */
  Buckets(PlanOptions options) {
    int most = Math.min(options.maxSequences(), options.maxTokens());
    most = Math.min(most, StepArea.UPDATES);
    List<Integer> all = new ArrayList<>();
    for (int size = 1; size < most; size = next(size)) {
      all.add(size);
    }
    all.add(most);
    sizes = all.stream().mapToInt(Integer::intValue).toArray();
    indexes = new int[most + 1];
    for (int sequences = 1, index = 0; sequences <= most; sequences++) {
      index += sequences > sizes[index] ? 1 : 0;
      indexes[sequences] = index;
    }
  }

  /** From 16 on, at most a third of a step is padding; from 256 on, a fifth. */
  private static int next(int size) {
    if (size < 16) {
      return 2 * size;
    }
    int power = Integer.highestOneBit(size);
    return size + (size < 64 ? power / 2 : size < 256 ? 32 : power / 4);
  }

  /** {@return how many there are} */
  int count() {
    return sizes.length;
  }

  /** {@return the greatest} */
  int most() {
    return sizes[sizes.length - 1];
  }

  /** {@return the sequences of a bucket} */
  int size(int index) {
    return sizes[index];
  }

  /** {@return the index of the smallest bucket that holds so many sequences} */
  int index(int sequences) {
    return indexes[sequences];
  }
}
