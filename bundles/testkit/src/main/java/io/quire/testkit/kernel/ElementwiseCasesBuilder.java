package io.quire.testkit.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Puts one case of an operation on rows together. What goes in must come out unchanged. */
final class ElementwiseCasesBuilder {
  /** Relative error of a function that the dialect calls precise. */
  static final double PRECISE = 0x1p-20;

  /** Smaller numbers may count as 0. */
  static final double TINY = 0x1p-100;

  private final String op;
  private final ElementType type;
  private final String name;
  private final Map<String, Integer> shape = new LinkedHashMap<>();
  private final Map<String, Integer> sizes = new LinkedHashMap<>();
  private final Map<String, KernelCase.Argument> arguments = new LinkedHashMap<>();
  private final List<KernelCase.Expectation> expectations = new ArrayList<>();

  ElementwiseCasesBuilder(String op, ElementType type, String name) {
    this.op = op;
    this.type = type;
    this.name = name;
    shape("ELEM_FP16", type == ElementType.F16 ? 1 : 0);
    sizes.put("tokens", 1);
    sizes.put("seqs", 1);
    sizes.put("rows", 1);
  }

  ElementwiseCasesBuilder shape(String number, int value) {
    shape.put(number, value);
    return this;
  }

  ElementwiseCasesBuilder size(String number, int value) {
    sizes.put(number, value);
    return this;
  }

  ElementwiseCasesBuilder number(String argument, int value) {
    arguments.put(argument, new KernelCase.Argument.Int(value));
    return this;
  }

  ElementwiseCasesBuilder number(String argument, float value) {
    arguments.put(argument, new KernelCase.Argument.Float(value));
    return this;
  }

  /** A buffer that may hold anything afterwards. */
  ElementwiseCasesBuilder free(String argument, MemorySegment contents) {
    arguments.put(argument, new KernelCase.Argument.Buffer(contents));
    return this;
  }

  ElementwiseCasesBuilder in(String argument, MemorySegment contents) {
    return out(argument, contents, same(contents));
  }

  ElementwiseCasesBuilder out(String argument, MemorySegment contents, KernelCase.Check check) {
    expectations.add(new KernelCase.Expectation(argument, check));
    return free(argument, contents);
  }

  KernelCase build() {
    return new KernelCase(
        op,
        type.name().toLowerCase(java.util.Locale.ROOT),
        name,
        shape,
        sizes,
        arguments,
        expectations);
  }

  static MemorySegment ints(int... values) {
    MemorySegment buffer = Arena.ofAuto().allocate(4L * values.length, 64);
    MemorySegment.copy(values, 0, buffer, ValueLayout.JAVA_INT, 0, values.length);
    return buffer;
  }

  /** Numbers between minus and plus a limit, as they are when they lie in a buffer of the type. */
  static double[] numbers(ElementType type, int count, double limit, RandomGenerator random) {
    return DoubleStream.generate(() -> type.round(random.nextDouble(-limit, limit)))
        .limit(count)
        .toArray();
  }

  static double[] each(int count, IntToDoubleFunction value) {
    return IntStream.range(0, count).mapToDouble(value).toArray();
  }

  /**
   * Every element is within what is allowed for it, besides being rounded to the type.
   *
   * @param expected in order
   * @param allowed what computing in single precision may add, in the same order
   */
  static KernelCase.Check within(ElementType type, double[] expected, double[] allowed) {
    double least = type == ElementType.F16 ? 0x1p-24 : TINY;
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        double found = type.get(result, i);
        double error = allowed[i] + type.roundOff() * (Math.abs(expected[i]) + allowed[i]) + least;
        if (!(Math.abs(found - expected[i]) <= error)) {
          return Optional.of(
              "element " + i + " is " + found + ", expected " + expected[i] + " +- " + error);
        }
      }
      return Optional.empty();
    };
  }

  /** The very bytes. */
  static KernelCase.Check same(MemorySegment expected) {
    return result -> {
      long i = result.asSlice(0, expected.byteSize()).mismatch(expected);
      return i < 0
          ? Optional.empty()
          : Optional.of(
              "byte "
                  + i
                  + " is "
                  + result.get(ValueLayout.JAVA_BYTE, i)
                  + ", expected "
                  + expected.get(ValueLayout.JAVA_BYTE, i));
    };
  }
}
