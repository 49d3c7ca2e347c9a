package io.quire.gpu.tune;

import io.quire.gpu.tune.Contents.Content;
import io.quire.gpu.tune.Contents.Format;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an operation is timed with: arguments as a model would give them, made from a seed.
 *
 * @param arguments by name, as in {@code docs/kernels.md}
 * @param sizes of the launch, by name
 * @param results what the operation must have computed
 * @param bytes of memory that it has to read or write at least
 * @param operations multiplications and additions that it has to do; 0 where these do not matter
 */
record Workload(
    Map<String, Argument> arguments,
    Map<String, Integer> sizes,
    List<Result> results,
    long bytes,
    long operations) {
  Workload {
    arguments = new LinkedHashMap<>(arguments);
    sizes = Map.copyOf(sizes);
    results = List.copyOf(results);
  }

  /** An argument. */
  sealed interface Argument {
    /**
     * Device memory.
     *
     * @param bytes its size
     * @param content what it holds before the launch
     */
    record Memory(long bytes, Content content) implements Argument {}

    /**
     * A whole number.
     *
     * @param value the number
     */
    record Whole(int value) implements Argument {}

    /**
     * A single.
     *
     * @param value the number
     */
    record Single(float value) implements Argument {}
  }

  /**
   * Memory that holds an answer.
   *
   * @param argument its name
   * @param format of its numbers
   */
  record Result(String argument, Format format) {}

  /** {@return bytes of all memory together} */
  long memory() {
    return arguments.values().stream()
        .mapToLong(argument -> argument instanceof Argument.Memory(var size, var any) ? size : 0)
        .sum();
  }
}
