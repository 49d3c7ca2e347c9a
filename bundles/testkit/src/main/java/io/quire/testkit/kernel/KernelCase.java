package io.quire.testkit.kernel;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call of an operation with known inputs, and what must come out. The operations are those of
 * {@code docs/kernels.md}.
 *
 * @param op the operation, such as {@code norm.rms}
 * @param dtype what the registry is asked for, such as {@code bf16} or {@code q4_1}
 * @param name what is special about the case, for messages
 * @param shape the numbers fixed at compile time, such as {@code WIDTH}
 * @param sizes the numbers of the launch, such as {@code rows}
 * @param arguments every argument that the operation offers, by name
 * @param expectations what must hold afterwards
 */
public record KernelCase(
    String op,
    String dtype,
    String name,
    Map<String, Integer> shape,
    Map<String, Integer> sizes,
    Map<String, Argument> arguments,
    List<Expectation> expectations) {
  /** Copies the collections, in their order. */
  public KernelCase {
    shape = new LinkedHashMap<>(shape);
    sizes = new LinkedHashMap<>(sizes);
    arguments = new LinkedHashMap<>(arguments);
    expectations = List.copyOf(expectations);
  }

  /** The value of an argument before the launch. */
  public sealed interface Argument {
    /**
     * Device memory.
     *
     * @param contents its bytes before the launch; outputs are filled with what must not survive,
     *     such as NaN
     */
    record Buffer(MemorySegment contents) implements Argument {}

    /**
     * A whole number.
     *
     * @param value the number
     */
    record Int(int value) implements Argument {}

    /**
     * A single.
     *
     * @param value the number
     */
    record Float(float value) implements Argument {}
  }

  /**
   * What a buffer must hold afterwards.
   *
   * @param argument the buffer
   * @param check looks at its bytes
   */
  public record Expectation(String argument, Check check) {}

  /** Judges the bytes of a buffer. */
  @FunctionalInterface
  public interface Check {
    /**
     * Judges.
     *
     * @param result the buffer after the launches
     * @return what is wrong: where, expected, found, allowed; empty if nothing
     */
    Optional<String> problem(MemorySegment result);
  }
}
