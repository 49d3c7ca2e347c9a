package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ConformanceCasesBuilder.bytes;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.doubles;
import static io.quire.testkit.kernel.ConformanceCasesBuilder.ints;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Loads and stores of every width, and atomic operations. */
final class ConformanceCasesMemory {
  private static final int LANES = 64;
  private static final byte UNTOUCHED = 0x5A;

  private ConformanceCasesMemory() {}

  static List<KernelCase> memory(String op, String dtype, RandomGenerator random) {
    int n = 100;
    MemorySegment in = ElementType.F32.buffer(doubles(n * 8, () -> random.nextDouble(-1000, 1000)));
    MemorySegment out = Arena.ofAuto().allocate(n * 128L, 64).fill(UNTOUCHED);
    MemorySegment expected = Arena.ofAuto().allocate(n * 128L, 64).copyFrom(out);
    MemorySegment words = ints(new int[n * 16]);
    MemorySegment floats = ElementType.F32.nans(n * 8L);
    for (int i = 0; i < n; i++) {
      MemorySegment from = in.asSlice(i * 32L, 32);
      MemorySegment to = expected.asSlice(i * 128L, 128);
      for (int at : new int[] {0, 20, 38}) {
        to.asSlice(at).copyFrom(from.asSlice(0, 16));
      }
      for (int at : new int[] {64, 92}) {
        to.asSlice(at).copyFrom(from.asSlice(16, 16));
      }
      to = words.asSlice(i * 64L, 64);
      to.copyFrom(from.asSlice(0, 16));
      to.asSlice(16).copyFrom(from.asSlice(4, 16));
      to.asSlice(32).copyFrom(from.asSlice(10, 16));
      to.setAtIndex(ValueLayout.JAVA_INT, 12, from.get(ValueLayout.JAVA_CHAR, 6));
      to.asSlice(52).copyFrom(from.asSlice(18, 4));
      to.asSlice(56).copyFrom(from.asSlice(20, 4));
      to.setAtIndex(ValueLayout.JAVA_INT, 15, from.get(ValueLayout.JAVA_BYTE, 29) & 0xff);
      floats.asSlice(i * 32L, 16).copyFrom(from.asSlice(16, 16));
      floats.asSlice(i * 32L + 16, 16).copyFrom(from.asSlice(12, 16));
    }
    return List.of(
        new ConformanceCasesBuilder(op, dtype, "every alignment")
            .size("n", n)
            .in("in", in)
            .out("words", ints(new int[n * 16]), bytes(words))
            .out("floats", ElementType.F32.nans(n * 8L), bytes(floats))
            .out("out", out, bytes(expected))
            .build());
  }

  static List<KernelCase> atomics(String op, String dtype, RandomGenerator random) {
    return List.of(atomics(op, dtype, random, 1), atomics(op, dtype, random, 7));
  }

  private static KernelCase atomics(String op, String dtype, RandomGenerator random, int n) {
    int all = n * LANES;
    int[] x = ints(all, random::nextInt);
    int[] bits = Arrays.stream(x).map(v -> 1 << Integer.remainderUnsigned(v, 31)).toArray();
    int start = random.nextInt();
    int[] words = {0, Integer.MIN_VALUE, Integer.MAX_VALUE, 0, -1, start, 0, 0};
    int[] group = new int[n * 5];
    for (int g = 0; g < n; g++) {
      int from = g * LANES;
      int to = from + LANES;
      group[g * 5] = LANES;
      group[g * 5 + 1] = Arrays.stream(x, from, to).max().orElseThrow();
      group[g * 5 + 2] = Arrays.stream(x, from, to).min().orElseThrow();
      group[g * 5 + 3] = Arrays.stream(bits, from, to).reduce(0, (a, b) -> a | b);
      group[g * 5 + 4] = ~group[g * 5 + 3];
    }
    short[] halves = new short[10];
    Arrays.fill(halves, 0, 8, (short) (all / 8));
    halves[8] = (short) 0x8001;
    halves[9] = 32;
    return new ConformanceCasesBuilder(op, dtype, n + " groups")
        .size("n", n)
        .in("in", ints(x))
        .out("words", ints(words), result -> afterwards(x, bits, start, result))
        .out(
            "unsigned_words",
            ints(0, -1),
            Checks.equal(
                Arrays.stream(x).reduce(0, (a, b) -> Integer.compareUnsigned(a, b) > 0 ? a : b),
                Arrays.stream(x).reduce(-1, (a, b) -> Integer.compareUnsigned(a, b) < 0 ? a : b)))
        .out("halves", ints(new int[5]), bytes(MemorySegment.ofArray(halves)))
        .out(
            "seen",
            ints(new int[all]),
            Checks.equal(IntStream.generate(() -> 1).limit(all).toArray()))
        .out("group_words", ints(new int[n * 5]), Checks.equal(group))
        .build();
  }

  /** A chain of exchanges hands every number on once, in an order that nobody knows. */
  private static Optional<String> afterwards(int[] x, int[] bits, int start, MemorySegment result) {
    int lanes = x.length;
    int or = Arrays.stream(bits).reduce(0, (a, b) -> a | b);
    int last = result.getAtIndex(ValueLayout.JAVA_INT, 5);
    int returned = start + lanes * (lanes - 1) / 2 - last;
    Optional<String> problem =
        Checks.equal(
                lanes,
                Arrays.stream(x).max().orElseThrow(),
                Arrays.stream(x).min().orElseThrow(),
                or,
                ~or,
                last,
                returned,
                3 * lanes)
            .problem(result);
    return problem.isEmpty() && (last < 0 || last >= lanes)
        ? Optional.of("the last of the exchanges left " + last + ", which no lane wrote")
        : problem;
  }
}
