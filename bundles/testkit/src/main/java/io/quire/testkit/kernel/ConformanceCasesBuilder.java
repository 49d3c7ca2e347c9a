package io.quire.testkit.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Puts one case of the dialect's conformance kernels together. */
final class ConformanceCasesBuilder {
  private final String op;
  private final String dtype;
  private final String name;
  private final Map<String, Integer> shape = new LinkedHashMap<>();
  private final Map<String, Integer> sizes = new LinkedHashMap<>();
  private final Map<String, KernelCase.Argument> arguments = new LinkedHashMap<>();
  private final List<KernelCase.Expectation> expectations = new ArrayList<>();

  ConformanceCasesBuilder(String op, String dtype, String name) {
    this.op = op;
    this.dtype = dtype;
    this.name = name;
  }

  ConformanceCasesBuilder shape(String number, int value) {
    shape.put(number, value);
    return this;
  }

  ConformanceCasesBuilder size(String number, int value) {
    sizes.put(number, value);
    return this;
  }

  ConformanceCasesBuilder in(String argument, MemorySegment contents) {
    arguments.put(argument, new KernelCase.Argument.Buffer(contents));
    return this;
  }

  ConformanceCasesBuilder out(String argument, MemorySegment contents, KernelCase.Check check) {
    expectations.add(new KernelCase.Expectation(argument, check));
    return in(argument, contents);
  }

  KernelCase build() {
    return new KernelCase(op, dtype, name, shape, sizes, arguments, expectations);
  }

  static MemorySegment ints(int... values) {
    MemorySegment buffer = Arena.ofAuto().allocate(4L * values.length, 64);
    MemorySegment.copy(values, 0, buffer, ValueLayout.JAVA_INT, 0, values.length);
    return buffer;
  }

  static int[] ints(int count, IntSupplier next) {
    return IntStream.generate(next).limit(count).toArray();
  }

  static double[] doubles(int count, DoubleSupplier next) {
    return DoubleStream.generate(next).limit(count).toArray();
  }

  /** Rounds all values, as they are when they lie in a buffer of the type. */
  static double[] rounded(ElementType type, double[] values) {
    return DoubleStream.of(values).map(type::round).toArray();
  }

  /** Every element is the very number; -0 counts as 0, and NaN is asked for by NaN. */
  static KernelCase.Check exactly(ElementType type, double... expected) {
    return result -> {
      for (int i = 0; i < expected.length; i++) {
        double found = type.get(result, i);
        if (found != expected[i] && !(Double.isNaN(found) && Double.isNaN(expected[i]))) {
          return Optional.of("element " + i + " is " + found + ", expected " + expected[i]);
        }
      }
      return Optional.empty();
    };
  }

  /** Every byte is as expected. */
  static KernelCase.Check bytes(MemorySegment expected) {
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

  /** A product of matrices, {@code [rows][depth]} and {@code [columns][depth]}, added to a sum. */
  static void multiply(double[] sum, int rows, int columns, double[] left, double[] right) {
    int depth = left.length / rows;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        for (int k = 0; k < depth; k++) {
          sum[r * columns + c] += left[r * depth + k] * right[c * depth + k];
        }
      }
    }
  }

  static double[] transposed(double[] matrix, int rows) {
    int columns = matrix.length / rows;
    double[] result = new double[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      result[i % columns * rows + i / columns] = matrix[i];
    }
    return result;
  }
}
