package io.quire.bench.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.bench.stats.Samples;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepBenchmarkTest {
  @Test
  void shouldMeasureEveryStepInSteadyDecode() throws InterruptedException {
    try (StepDriver driver = new StepDriver(20, 60, 1)) {
      StepCost cost = driver.measure(10, 50);
      assertEquals(50, cost.micros().count());
      assertEquals(50, cost.outputMicros().count());
      assertTrue(cost.micros().percentile(0) > 0);
      assertTrue(cost.bytes() >= 0);
    }
  }

  @Test
  void shouldFillMoreSequencesThanOnePrefillTakes() throws InterruptedException {
    try (StepDriver driver = new StepDriver(300, 20, 1)) {
      assertEquals(300, driver.measure(0, 20).sequences());
    }
  }

  @Test
  void shouldAllowAConstantAndAFewBytesForEachSequence() {
    assertEquals(
        Optional.empty(), StepBenchmark.growth(List.of(cost(1, 5000), cost(101, 5000 + 1600))));
  }

  @Test
  void shouldRefuseAnObjectForEachSequence() {
    String message =
        StepBenchmark.growth(List.of(cost(1, 100), cost(64, 100), cost(256, 100 + 24 * 255)))
            .orElseThrow();
    assertTrue(message.startsWith("a step of 256 sequences allocates 6220 bytes"), message);
  }

  private static StepCost cost(int sequences, double bytes) {
    return new StepCost(sequences, new Samples(), bytes, new Samples());
  }
}
