package io.quire.api.device;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BatchCheckTest {
  private static final PlanOptions OPTIONS = new PlanOptions(6, 3, 40, 16, 2);

  /** Batches have more room than the plan that they are meant for. */
  private static final PlanOptions ROOM = new PlanOptions(64, 8, 64, 16, 2);

  private static final int VOCABULARY = 100;
  private static final int BLOCKS = 9;
  private static final int PREVIOUS = 2;
  private static final SamplingParams PENALISED =
      new SamplingParams(0, 0, 1, 0, 1, 1, 0, Map.of(), 0, -1);

  private final BatchCheck check = new BatchCheck(OPTIONS, VOCABULARY);

  /** Two sequences, of three tokens and of one, with every number at an end of its range. */
  private static StepBatch sound() {
    StepBatch batch = new StepBatch(ROOM);
    batch.addSequence(0, 40);
    batch.addTokens(new int[] {0, VOCABULARY - 1, -PREVIOUS}, 0, 3);
    batch.addRow(0, 0, StepBatch.SAMPLE);
    batch.addSequence(2, 1);
    batch.addToken(-1);
    batch.addScore(3, 1, 2, VOCABULARY - 1);
    batch.addTableUpdate(2, 2, BLOCKS - 1);
    batch.addCopy(0, BLOCKS - 1);
    batch.addAssignment(assignment(2, PENALISED, new int[] {0, VOCABULARY - 1}, 2, 2));
    return batch;
  }

  private static SlotAssignment assignment(
      int slot, SamplingParams params, int[] tokens, int prompt, int length) {
    return new SlotAssignment(slot, params, tokens, prompt, length, 0, List.of());
  }

  @Test
  void shouldTakeNumbersAtTheEndsOfTheirRanges() {
    assertDoesNotThrow(() -> check.check(sound(), PREVIOUS, BLOCKS));
    assertDoesNotThrow(() -> check.check(new StepBatch(ROOM), 0, 1));
  }

  static Stream<Arguments> refused() {
    return Stream.of(sizes(), sequences(), rows(), blocks(), assignments()).flatMap(s -> s);
  }

  private static Arguments refused(String message, Consumer<StepBatch> change) {
    return arguments(message, change);
  }

  private static Stream<Arguments> sizes() {
    return Stream.of(
        refused("tokens is 7 but must be 0 to 6", b -> b.addTokens(new int[3], 0, 3)),
        refused("sequences is 4 but must be 0 to 3", b -> b.resize(4, 4, 2, 0, 0)),
        refused("rows is 10 but must be 0 to 9", b -> b.resize(4, 2, 10, 0, 0)),
        refused("token id is 100 but must be -2 to 99", b -> b.tokenIds()[1] = VOCABULARY),
        refused("token id is -3 but must be -2 to 99", b -> b.tokenIds()[1] = -3));
  }

  private static Stream<Arguments> sequences() {
    return Stream.of(
        refused("tokens of a sequence is 0 but must be 1 to 6", b -> b.addSequence(1, 1)),
        refused("tokens of a sequence is -2 but must be 1 to 6", b -> b.queryStart()[1] = -2),
        refused("slot is 3 but must be 0 to 2", b -> b.sequenceSlots()[1] = 3),
        refused("slot is -1 but must be 0 to 2", b -> b.sequenceSlots()[1] = -1),
        refused("length is 41 but must be 3 to 40", b -> b.sequenceLengths()[0] = 41),
        refused("length is 2 but must be 3 to 40", b -> b.sequenceLengths()[0] = 2));
  }

  private static Stream<Arguments> rows() {
    return Stream.of(
        refused("row's token is 4 but must be 0 to 3", b -> b.rowTokens()[1] = 4),
        refused("row's token is -1 but must be 0 to 3", b -> b.rowTokens()[1] = -1),
        refused("row's slot is 3 but must be 0 to 2", b -> b.rowSlots()[1] = 3),
        refused("row's slot is -1 but must be 0 to 2", b -> b.rowSlots()[1] = -1),
        refused("row's target is 100 but must be -1 to 99", b -> b.rowTargets()[1] = VOCABULARY),
        refused("row's target is -2 but must be -1 to 99", b -> b.rowTargets()[1] = -2));
  }

  private static Stream<Arguments> blocks() {
    return Stream.of(
        refused("updated slot is 3 but must be 0 to 2", b -> b.addTableUpdate(3, 0, 0)),
        refused("updated slot is -1 but must be 0 to 2", b -> b.addTableUpdate(-1, 0, 0)),
        refused("updated index is 3 but must be 0 to 2", b -> b.addTableUpdate(0, 3, 0)),
        refused("updated index is -1 but must be 0 to 2", b -> b.addTableUpdate(0, -1, 0)),
        refused("updated block is 9 but must be 0 to 8", b -> b.addTableUpdate(0, 0, BLOCKS)),
        refused(
            "updated block is 1000000 but must be 0 to 8", b -> b.addTableUpdate(0, 0, 1_000_000)),
        refused("updated block is -1 but must be 0 to 8", b -> b.addTableUpdate(0, 0, -1)),
        refused("copied block is 9 but must be 0 to 8", b -> b.addCopy(BLOCKS, 0)),
        refused("copied block is -1 but must be 0 to 8", b -> b.addCopy(0, -1)));
  }

  private static Stream<Arguments> assignments() {
    SamplingParams plain = SamplingParams.GREEDY;
    return Stream.of(
        refused("assigned slot is 3 but must be 0 to 2", assign(3, plain, 2, 1, 5)),
        refused("assigned slot is -1 but must be 0 to 2", assign(-1, plain, 2, 1, 5)),
        refused("assigned length is 3 but must be 0 to 2", assign(0, plain, 2, 3, 5)),
        refused("assigned length is -1 but must be 0 to 2", assign(0, plain, 2, -1, 5)),
        refused("assigned length is 41 but must be 0 to 40", assign(0, plain, 50, 41, 5)),
        refused("assigned token is 100 but must be 0 to 99", assign(0, PENALISED, 2, 1, 100)),
        refused("assigned token is -1 but must be 0 to 99", assign(0, PENALISED, 2, 1, -1)),
        refused(
            "assigned prompt length is -1 but must be 0 to 2147483647",
            b -> b.addAssignment(assignment(0, plain, new int[2], -1, 2))));
  }

  private static Consumer<StepBatch> assign(
      int slot, SamplingParams params, int room, int length, int token) {
    int[] tokens = new int[room];
    tokens[0] = token;
    return batch -> batch.addAssignment(assignment(slot, params, tokens, 1, length));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void shouldRefuseANumberOutOfRange(String message, Consumer<StepBatch> change) {
    StepBatch batch = sound();
    change.accept(batch);
    String actual = refusal(check, batch, BLOCKS);
    assertTrue(
        actual.startsWith("step refused: " + message + ". Nothing of the step was run. "), actual);
    assertDoesNotThrow(() -> check.check(sound(), PREVIOUS, BLOCKS), "the check goes on");
  }

  private static String refusal(BatchCheck check, StepBatch batch, int blocks) {
    return assertThrows(DeviceException.class, () -> check.check(batch, PREVIOUS, blocks))
        .getMessage();
  }

  @Test
  void shouldRefuseRowsOfAStepBeforeTheFirst() {
    StepBatch batch = new StepBatch(ROOM);
    batch.addSequence(0, 1);
    batch.addToken(-1);
    String message =
        assertThrows(DeviceException.class, () -> check.check(batch, 0, BLOCKS)).getMessage();
    assertEquals(
        "step refused: token id is -1 but must be 0 to 99. Nothing of the step was run. Take ids of"
            + " the model's vocabulary, or -(r + 1) for a row r of the step before.",
        message);
  }

  @Test
  void shouldRefuseStepsBeforeThereIsACache() {
    assertEquals(
        "step refused: the KV cache is not allocated yet, it has 0 blocks. Nothing of the step was"
            + " run. Allocate the cache before the first step.",
        refusal(check, new StepBatch(ROOM), 0));
  }

  @Test
  void shouldLeaveTokensAloneThatNobodyCounts() {
    StepBatch batch = new StepBatch(ROOM);
    assign(0, SamplingParams.GREEDY, 2, 1, -1).accept(batch);
    assign(0, PENALISED, 2, 0, -1).accept(batch);
    assertDoesNotThrow(() -> check.check(batch, PREVIOUS, BLOCKS));
  }

  @Test
  void shouldLimitEndTokensAndBiasesOnlyWhereThePlanDoes() {
    List<Integer> ends = IntStream.range(0, 4).boxed().toList();
    var biased = new SamplingParams(0, 0, 1, 0, 1, 0, 0, Map.of(1, 1f, 2, 1f, 3, 1f), 0, -1);
    StepBatch ended = new StepBatch(ROOM);
    ended.addAssignment(new SlotAssignment(0, SamplingParams.GREEDY, new int[0], 0, 0, 0, ends));
    StepBatch drawn = new StepBatch(ROOM);
    drawn.addAssignment(assignment(0, biased, new int[0], 0, 0));

    BatchCheck limited = new BatchCheck(OPTIONS, VOCABULARY, 3, 2);
    String message = refusal(limited, ended, BLOCKS);
    assertTrue(message.contains("number of end tokens is 4 but must be 0 to 3"), message);
    message = refusal(limited, drawn, BLOCKS);
    assertTrue(message.contains("number of biases is 3 but must be 0 to 2"), message);

    BatchCheck enough = new BatchCheck(OPTIONS, VOCABULARY, 4, 3);
    for (BatchCheck each : List.of(check, enough)) {
      assertDoesNotThrow(() -> each.check(ended, PREVIOUS, BLOCKS));
      assertDoesNotThrow(() -> each.check(drawn, PREVIOUS, BLOCKS));
    }
  }

  @Test
  void shouldMakeNoGarbage() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    StepBatch batch = sound();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      check.check(batch, PREVIOUS, BLOCKS);
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    // What is once, such as the loading of a class, is less than a byte a step.
    assertTrue(bytes < 1000, bytes + " bytes in 1000 checks");
  }
}
