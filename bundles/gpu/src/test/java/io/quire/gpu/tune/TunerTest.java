package io.quire.gpu.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.kernel.KernelNotServedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
  private static final Effort EFFORT = new Effort(3, 1000, 1_000_000, 0, 16, 40);

  /** Fastest where A is 8 and B is 4; 100 ns there, 10 more for each step away. */
  private final FakeDriver driver =
      new FakeDriver(macros ->
          100
              + 10 * Math.abs(FakeDriver.number(macros, "A") - 8)
              + 10 * Math.abs(FakeDriver.number(macros, "B") - 4));

  private Optional<KernelCheck> check = Optional.empty();

  @AfterEach
  void shouldHaveFreedEverything() {
    assertEquals(0, driver.open.get(), "open modules, buffers and queues");
  }

  @Test
  void shouldFindTheFastestOfAll() throws Exception {
    Tuned tuned = tune(source(List.of(1, 8, 32), List.of(1, 4)));

    assertEquals(Map.of("A", 8, "B", 4), tuned.tunables());
    assertEquals(100, tuned.timing().nanos());
    assertEquals(200, tuned.standard().nanos());
    assertEquals(2, tuned.gain());
    assertEquals(6, tuned.tried());
    assertEquals(List.of(), tuned.refused());
    assertEquals(6, driver.compiled.size());
  }

  @Test
  void shouldSkipCombinationsThatDoNotHold() throws Exception {
    Tuned tuned = tune(source(List.of(256, 8), List.of(4, 1)));

    // 256 x 4 work-items are more than the device takes.
    assertEquals(3, tuned.tried());
    assertEquals(Map.of("A", 8, "B", 4), tuned.tunables());
  }

  @Test
  void shouldWalkTowardsTheBestWhereThereAreTooManyCombinations() throws Exception {
    List<Integer> many = IntStream.rangeClosed(1, 12).boxed().toList();

    Tuned tuned = tune(source(many, many));

    assertEquals(Map.of("A", 8, "B", 4), tuned.tunables());
    assertTrue(tuned.tried() <= 40, "tried " + tuned.tried());
  }

  @Test
  void shouldStayWithTheFirstForASmallGain() throws Exception {
    FakeDriver even = new FakeDriver(macros -> FakeDriver.number(macros, "A") == 1 ? 100 : 99);
    Tuned tuned =
        new Tuner(even, Runnable::run, check, EFFORT, even.clock::get)
            .tune(source(List.of(1, 2), List.of(1)), "bf16", Kernels.SHAPE, 4)
            .orElseThrow();

    assertEquals(Map.of("A", 1, "B", 1), tuned.tunables());
    assertEquals(1, tuned.gain());
  }

  @Test
  void shouldRefuseWhatComputesSomethingElseOrDoesNotCompile() throws Exception {
    driver.result = macros -> FakeDriver.number(macros, "A") == 8 ? 63 : 62;
    driver.compiler = macros -> FakeDriver.number(macros, "A") == 9 ? "line 7: no" : "";

    Tuned tuned = tune(source(List.of(1, 8, 9, 6), List.of(4)));

    assertEquals(Map.of("A", 6, "B", 4), tuned.tunables());
    assertEquals(2, tuned.refused().size());
    assertTrue(tuned.refused().getFirst().contains("A=8,B=4: out[0] is "), tuned.toString());
    assertTrue(tuned.refused().getLast().contains("line 7"), tuned.toString());
  }

  @Test
  void shouldTakeTheNextBestIfTheWinnerFailsAContractCase() throws Exception {
    check =
        Optional.of((device, source, dtype, values) ->
            values.get("A") == 8 ? Optional.of("case 3 fails") : Optional.empty());

    Tuned tuned = tune(source(List.of(1, 8, 6), List.of(4)));

    assertEquals(Map.of("A", 6, "B", 4), tuned.tunables());
    assertEquals(List.of("A=8,B=4: case 3 fails"), tuned.refused());
  }

  @Test
  void shouldSayThatAKernelIsWrongOrServesNothing() {
    check = Optional.of((device, source, dtype, values) -> Optional.of("case 3 fails"));
    KernelSource wrong = source(List.of(1), List.of(1));
    KernelSource large = source(List.of(512), List.of(1));

    assertTrue(
        assertThrows(DeviceException.class, () -> tune(wrong)).getMessage().contains("case 3"));
    assertThrows(KernelNotServedException.class, () -> tune(large));
  }

  @Test
  void shouldLeaveNothingBehindWhenInterrupted() {
    driver.compiler =
        macros -> {
          Thread.currentThread().interrupt();
          return "";
        };

    assertThrows(InterruptedException.class, () -> tune(source(List.of(1, 8), List.of(1, 4))));
  }

  @Test
  void shouldTuneWhatIsNewWhileThereIsTime(@TempDir Path folder) throws Exception {
    TuningCache cache = TuningCache.open(folder, driver.info());
    KernelSource source = source(List.of(1, 8), List.of(1, 4));
    Tuner tuner = new Tuner(driver, Runnable::run, check, EFFORT, driver.clock::get);
    WarmUpTuner warmUp = new WarmUpTuner(tuner, cache, 1, driver.clock::get);

    warmUp.tune(source, "bf16", Kernels.SHAPE, 100);
    assertEquals(Map.of("A", 8, "B", 4), cache.best(source, "bf16", Kernels.SHAPE, 120));
    assertEquals(Map.of(), cache.best(source, "bf16", Kernels.SHAPE, 129));
    assertEquals(4, driver.compiled.size());

    // The first one took all the time there was.
    warmUp.tune(source, "bf16", Kernels.SHAPE, 1000);
    assertEquals(4, driver.compiled.size());
  }

  @Test
  void shouldNotTuneWhatIsKnownOrLeavesNoChoice(@TempDir Path folder) throws Exception {
    TuningCache cache = TuningCache.open(folder, driver.info());
    KernelSource source = source(List.of(1, 8), List.of(1, 4));
    cache.store(
        TuningKey.of(source, "bf16", Kernels.SHAPE, 4),
        new TuningCache.Result(Map.of("A", 1, "B", 1), 5));
    Tuner tuner = new Tuner(driver, Runnable::run, check, EFFORT, driver.clock::get);
    WarmUpTuner warmUp = new WarmUpTuner(tuner, cache, Long.MAX_VALUE / 2, driver.clock::get);

    warmUp.tune(source, "bf16", Kernels.SHAPE, 3);
    warmUp.tune(source(List.of(1), List.of(4)), "bf16", Kernels.SHAPE, 3);

    assertEquals(List.of(), driver.compiled);
  }

  @Test
  void shouldTimeAKernelAsItIs() {
    Timing timing =
        KernelTimer.time(
                driver, source(List.of(8), List.of(4)), "bf16", Kernels.SHAPE, Map.of(), 3, EFFORT)
            .orElseThrow();

    // 3 rows of 64 elements are read and written.
    assertEquals(2 * 3 * 64 * 2, timing.bytes());
    assertEquals(3, timing.samples());
    assertFalse(timing.launches() < 1);
  }

  private Tuned tune(KernelSource source) throws InterruptedException {
    return new Tuner(driver, Runnable::run, check, EFFORT, driver.clock::get)
        .tune(source, "bf16", Kernels.SHAPE, 4)
        .orElseThrow();
  }

  private static KernelSource source(List<Integer> a, List<Integer> b) {
    return Kernels.source(a, b, "text");
  }
}
