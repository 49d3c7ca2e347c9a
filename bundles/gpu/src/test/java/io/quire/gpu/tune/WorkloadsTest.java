package io.quire.gpu.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.gpu.tune.Contents.Format;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkloadsTest {
  private static final Map<String, Integer> ATTENTION =
      Map.of("HEAD_DIM", 64, "KV_HEADS", 2, "GQA", 3, "PAGE", 16, "ELEM_FP16", 1);

  @Test
  void shouldCountTheWorkOfAProduct() {
    Workload work =
        Workloads.of("linear.tile", "q4_1", Map.of("N", 96, "K", 64, "HAS_RESIDUAL", 1), 10, 1)
            .orElseThrow();

    // Blocks of 32 values in 20 bytes; elements have 2.
    long weights = 96 * 2 * 20;
    assertEquals(weights + 10 * 64 * 2 + 2 * 10 * 96 * 2, work.bytes());
    assertEquals(2L * 10 * 96 * 64, work.operations());
    assertEquals(work.bytes(), work.memory());
    assertEquals(List.of(new Workload.Result("out", Format.BF16)), work.results());
  }

  @Test
  void shouldGiveEveryDecodedTokenItsOwnPages() {
    Workload work = Workloads.of("attention.decode", "f16", ATTENTION, 3, 40).orElseThrow();

    int[] table = ints(work, "block_table");
    int[] sorted = table.clone();
    Arrays.sort(sorted);
    assertArrayEquals(IntStream.range(0, 9).toArray(), sorted);
    assertArrayEquals(new int[] {40, 40, 40}, ints(work, "seq_lens"));
    assertEquals(3, work.sizes().get("seqs"));
    assertEquals(4L * 6 * 64 * 3 * 40, work.operations());
    assertEquals(Format.F16, work.results().getFirst().format());
  }

  @Test
  void shouldSplitLongPrompts() {
    Workload work = Workloads.of("attention.prefill", "f16", ATTENTION, 1025, 1).orElseThrow();

    assertArrayEquals(new int[] {0, 342, 684, 1025}, ints(work, "query_start"));
    assertArrayEquals(new int[] {342, 342, 341}, ints(work, "seq_lens"));
    assertEquals(3, work.sizes().get("seqs"));
  }

  @Test
  void shouldFillQuantisedBlocksWithFiniteScales() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(100_000);
      Contents.blocks().fill(block, new SplittableRandom(1));
      for (long at = 0; at + 1 < block.byteSize(); at++) {
        float scale = Float.float16ToFloat(block.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
        assertTrue(scale > 0.007 && scale < 0.25, "at " + at + ": " + scale);
      }
    }
  }

  @Test
  void shouldKnowNothingOfOtherOperationsAndWrongShapes() {
    assertEquals(Optional.empty(), Workloads.of("dialect.test", "bf16", Map.of(), 1, 1));
    String message =
        assertThrows(DeviceException.class, () -> Workloads.of("add", "bf16", Map.of("N", 1), 1, 1))
            .getMessage();
    assertTrue(message.contains("no WIDTH"), message);
    assertThrows(
        DeviceException.class,
        () -> Workloads.of("linear.tile", "q4_k", Map.of("N", 8, "K", 64), 1, 1));
  }

  @Test
  void shouldCompareNumbersByTheGreatestAndBitsExactly() {
    List<Workload.Result> bf16 = List.of(new Workload.Result("out", Format.BF16));
    MemorySegment one = bf16(0, 100, Float.NaN);

    assertEquals(Optional.empty(), problem(bf16, one, bf16(1, 101, Float.NaN)));
    assertTrue(problem(bf16, one, bf16(0, 98, Float.NaN)).orElseThrow().contains("out[1] is 98"));
    assertTrue(problem(bf16, one, bf16(0, 100, 1)).isPresent());
    assertTrue(problem(bf16, bf16(1), bf16(Float.NaN)).isPresent());
    assertEquals(
        Optional.of("out differs at byte 2"),
        problem(List.of(new Workload.Result("out", Format.EXACT)), one, bf16(0, 98, Float.NaN)));
  }

  private static Optional<String> problem(
      List<Workload.Result> results, MemorySegment expected, MemorySegment found) {
    return Agreement.problem(results, List.of(expected), List.of(found));
  }

  private static MemorySegment bf16(float... values) {
    MemorySegment memory = Arena.ofAuto().allocate(values.length * 2L, 2);
    for (int i = 0; i < values.length; i++) {
      short bits = (short) (Float.floatToIntBits(values[i]) >> 16);
      memory.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
    }
    return memory;
  }

  private static int[] ints(Workload work, String name) {
    var memory = (Workload.Argument.Memory) work.arguments().get(name);
    MemorySegment filled = Arena.ofAuto().allocate(memory.bytes(), 4);
    memory.content().fill(filled, new SplittableRandom(1));
    return filled.toArray(ValueLayout.JAVA_INT);
  }
}
