package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.PlanOptions;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static Buckets of(int maxSequences) {
    return new Buckets(new PlanOptions(8192, maxSequences, 64, 16, 0));
  }

  private static List<Integer> sizes(Buckets buckets) {
    return IntStream.range(0, buckets.count()).mapToObj(buckets::size).toList();
  }

  @Test
  void shouldGrowInStepsThatGrowToo() {
    assertEquals(
        List.of(
            1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640),
        sizes(of(640)));
  }

  @Test
  void shouldEndWithWhatThePlanCanHave() {
    assertEquals(List.of(1), sizes(of(1)));
    assertEquals(List.of(1, 2, 3), sizes(of(3)));
    assertEquals(List.of(1, 2, 4, 8, 16, 24, 32, 48, 50), sizes(of(50)));
    assertEquals(5, new Buckets(new PlanOptions(5, 9, 64, 16, 0)).most(), "as many as tokens");
    assertEquals(StepArea.UPDATES, of(4000).most(), "as many as table updates of one launch");
  }

  @Test
  void shouldHoldEveryNumberOfSequencesWithoutLeadingToAnotherKernel() {
    for (int most = 1; most <= 300; most++) {
      Buckets buckets = of(most);
      for (int sequences = 1; sequences <= most; sequences++) {
        int index = buckets.index(sequences);
        assertTrue(buckets.size(index) >= sequences);
        assertTrue(index == 0 || buckets.size(index - 1) < sequences, "the smallest that holds it");
        for (int rows : Preparation.BUCKETS) {
          assertEquals(
              sequences <= rows,
              buckets.size(index) <= rows,
              sequences + " of at most " + most + ", kernel for " + rows);
        }
      }
    }
  }
}
