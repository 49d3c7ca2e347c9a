package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same steps on a device that captures and on one that does not. */
class ReplayTest {
  private static final int STEPS = 150;

  /** {@code -Dquire.seed} is the seed to try alone. */
  static LongStream seeds() {
    long seed = Long.getLong("quire.seed", 0);
    return seed != 0
        ? LongStream.of(seed)
        : LongStream.iterate(System.nanoTime() | 1, s -> s + 2).limit(2);
  }

  /** A plan, and the steps that it is given. */
  private static final class Side implements AutoCloseable {
    final PlanRig rig;
    final FakeArithmetic arithmetic = new FakeArithmetic();
    private final RandomSteps steps;
    private final StepBatch[] batches;
    private final List<StepFuture> running = new ArrayList<>();

    Side(PlanOptions options, long seed, int captures, boolean late) {
      rig = new PlanRig(options, RandomSteps.blocks(options));
      rig.driver.captures = captures;
      rig.start();
      rig.driver.late = late;
      // From here on: what was computed to warm up is nobody's.
      rig.driver.meaning = arithmetic;
      steps = new RandomSteps(options, seed);
      batches = new StepBatch[] {new StepBatch(options), new StepBatch(options)};
    }

    void submit(int number) {
      steps.fill(batches[number % 2]);
      running.add(rig.plan().submit(batches[number % 2]));
    }

    StepOutput await() throws Exception {
      return PlanRig.await(running.removeFirst());
    }

    @Override
    public void close() {
      rig.close();
      assertEquals(Set.of(), rig.driver.open, "left open");
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldComputeTheSameWhetherReplayedOrNot(long seed) {
    compare(new PlanOptions(160, 8, 64, 16, 2), seed, false);
    compare(new PlanOptions(600, 37, 40, 8, 1), seed, false);
    compare(new PlanOptions(240, 80, 16, 4, 0), seed, false);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldKeepTwoStepsInFlightApart(long seed) {
    compare(new PlanOptions(160, 8, 64, 16, 2), seed, true);
    compare(new PlanOptions(600, 37, 40, 8, 1), seed, true);
  }

  private static void compare(PlanOptions options, long seed, boolean late) {
    try (Side plain = new Side(options, seed, 0, late);
        Side captured = new Side(options, seed, Integer.MAX_VALUE, late)) {
      for (int step = 0; step < STEPS; step++) {
        plain.submit(step);
        captured.submit(step);
        if (step > 0) {
          assertSame(plain.await(), captured.await(), options.maxLogprobs());
          assertSameState(plain.arithmetic.kept, captured.arithmetic.kept, options);
        }
      }
      assertSame(plain.await(), captured.await(), options.maxLogprobs());
      assertTrue(captured.rig.driver.replayed.size() > STEPS / 30, "steps were replayed");
      assertEquals(0, plain.rig.driver.replayed.size());
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "reproduce with: mvn verify -pl bundles/gpu -am -Dtest=ReplayTest"
              + " -Dsurefire.failIfNoSpecifiedTests=false -Dquire.seed="
              + seed,
          e);
    }
  }

  private static void assertSame(StepOutput expected, StepOutput actual, int most) {
    int rows = expected.rows();
    assertEquals(rows, actual.rows());
    assertArrayEquals(Arrays.copyOf(expected.tokens(), rows), Arrays.copyOf(actual.tokens(), rows));
    assertArrayEquals(
        Arrays.copyOf(expected.invalid(), rows), Arrays.copyOf(actual.invalid(), rows));
    assertArrayEquals(
        Arrays.copyOf(expected.topCounts(), rows), Arrays.copyOf(actual.topCounts(), rows));
    for (int r = 0; r < rows; r++) {
      int top = expected.topCounts()[r];
      assertArrayEquals(
          Arrays.copyOfRange(expected.topTokens(), r * most, r * most + top),
          Arrays.copyOfRange(actual.topTokens(), r * most, r * most + top));
    }
  }

  /** Blocks, rows of the table, slots and counts: all but the last of each, which padding has. */
  private static void assertSameState(
      Map<String, Set<MemorySegment>> expected,
      Map<String, Set<MemorySegment>> actual,
      PlanOptions options) {
    expected.forEach((name, memories) -> {
      int parts = name.endsWith("cache") ? RandomSteps.blocks(options) : options.maxSequences();
      Iterator<MemorySegment> others = actual.get(name).iterator();
      for (MemorySegment memory : memories) {
        MemorySegment other = others.next();
        long real = memory.byteSize() / (parts + 1) * parts;
        long different = memory.asSlice(0, real).mismatch(other.asSlice(0, real));
        assertEquals(-1, different, name + ", byte " + different + " of " + real);
      }
    });
  }
}
