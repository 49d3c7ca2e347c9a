package io.quire.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void shouldInterpolateLinearlyBetweenNeighbours() {
    Samples samples = samples(4, 1, 3, 2);
    assertEquals(1, samples.percentile(0));
    assertEquals(1.75, samples.percentile(25));
    assertEquals(2.5, samples.median());
    assertEquals(3.97, samples.percentile(99), 1e-12);
    assertEquals(4, samples.percentile(100));
  }

  @Test
  void shouldComputeMeanAndDeviation() {
    Samples samples = samples(2, 4, 4, 4, 5, 5, 7, 9);
    assertEquals(5, samples.mean());
    assertEquals(2, samples.deviation());
  }

  @Test
  void shouldTakeMoreThanItsFirstCapacityAndAfterAQuery() {
    Samples samples = new Samples();
    for (int i = 200; i > 0; i--) {
      samples.add(i);
      assertEquals(i, samples.percentile(0));
    }
    assertEquals(200, samples.count());
    assertEquals(100.5, samples.median());
  }

  @Test
  void shouldSayZeroWithoutSamples() {
    Samples none = new Samples();
    assertEquals(0, none.mean());
    assertEquals(0, none.deviation());
    assertEquals(0, none.percentile(99));
  }

  @Test
  void shouldRefuseAPercentileThatIsNone() {
    assertThrows(IllegalArgumentException.class, () -> samples(1).percentile(101));
    assertThrows(IllegalArgumentException.class, () -> samples(1).percentile(Double.NaN));
  }

  private static Samples samples(double... values) {
    Samples samples = new Samples();
    for (double value : values) {
      samples.add(value);
    }
    return samples;
  }
}
