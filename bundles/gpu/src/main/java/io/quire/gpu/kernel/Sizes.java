package io.quire.gpu.kernel;

import io.quire.api.device.DeviceException;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The numbers that change from launch to launch: how many tokens, sequences, rows and entries there
 * are. One object is reused for every step, so that a launch allocates nothing. Not thread-safe.
 */
public final class Sizes implements ToLongFunction<String> {
  /** Tokens of the step. */
  public static final int TOKENS = 0;

  /** Sequences of the step. */
  public static final int SEQS = 1;

  /** Rows of the operation's input: of logits, or however many it has. */
  public static final int ROWS = 2;

  /** Entries of a list, such as table updates. */
  public static final int N = 3;

  /** The names, by index. */
  static final List<String> NAMES = List.of("tokens", "seqs", "rows", "n");

  private final int[] values = {1, 1, 1, 1};

  /** Makes sizes that are all 1. */
  public Sizes() {
    // Every size is at least 1 in every launch.
  }

  /**
   * Takes sizes by name, for tests and checks.
   *
   * @param named names and values; what is missing is 1
   * @return the sizes
   * @throws IllegalArgumentException if a name is none of {@code tokens}, {@code seqs}, {@code
   *     rows}, {@code n}
   */
  public static Sizes of(Map<String, Integer> named) {
    Sizes sizes = new Sizes();
    named.forEach((name, value) -> {
      int index = NAMES.indexOf(name);
      if (index < 0) {
        throw new IllegalArgumentException(
            "there is no size " + name + "; the sizes of a launch are " + NAMES);
      }
      sizes.set(index, value);
    });
    return sizes;
  }

  /**
   * Changes a size.
   *
   * @param index such as {@link #TOKENS}
   * @param value 0 or more
   * @return this
   */
  public Sizes set(int index, int value) {
    values[index] = value;
    return this;
  }

  /**
   * Reads a size.
   *
   * @param index such as {@link #TOKENS}
   * @return its value
   */
  public int get(int index) {
    return values[index];
  }

  /**
   * The index of a name.
   *
   * @param name perhaps the name of a size
   * @return its index, or -1
   */
  static int indexOf(String name) {
    return switch (name) {
      case "tokens" -> TOKENS;
      case "seqs" -> SEQS;
      case "rows" -> ROWS;
      case "n" -> N;
      default -> -1;
    };
  }

  @Override
  public long applyAsLong(String name) {
    int index = indexOf(name);
    if (index < 0) {
      throw new DeviceException(
          "an expression uses "
              + name
              + ", which is neither a number that is fixed nor one of the sizes "
              + NAMES);
    }
    return values[index];
  }
}
