package io.quire.text.bpe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class MergingTest {
  private static final int SYMBOLS = 40;

  @Test
  void shouldMergeAsTheDefinitionSays(RandomGenerator random) {
    for (int round = 0; round < 500; round++) {
      PairMerges merges = new PairMerges(60);
      for (int i = 0; i < 60; i++) {
        merges.add(random.nextInt(8), random.nextInt(8), random.nextInt(SYMBOLS));
        i++;
        merges.add(random.nextInt(SYMBOLS), random.nextInt(8), random.nextInt(SYMBOLS));
      }
      List<Integer> symbols = new ArrayList<>();
      for (int i = 1 + random.nextInt(40); i > 0; i--) {
        symbols.add(random.nextInt(8));
      }
      assertEquals(slowly(symbols, merges), new Symbols(symbols, merges).merged());
    }
  }

  /** Looks for the best pair anew after every merge. */
  private static List<Integer> slowly(List<Integer> symbols, PairMerges merges) {
    List<Integer> result = new ArrayList<>(symbols);
    while (true) {
      long best = Long.MAX_VALUE;
      int at = -1;
      for (int i = 0; i + 1 < result.size(); i++) {
        long found = merges.find(result.get(i), result.get(i + 1));
        if (found >= 0 && found >> 32 < best) {
          best = found >> 32;
          at = i;
        }
      }
      if (at < 0) {
        return result;
      }
      result.set(at, (int) merges.find(result.get(at), result.get(at + 1)));
      result.remove(at + 1);
    }
  }

  private static final class Symbols extends Merging {
    private final int[] ids;
    private final PairMerges merges;

    Symbols(List<Integer> symbols, PairMerges merges) {
      ids = symbols.stream().mapToInt(Integer::intValue).toArray();
      this.merges = merges;
    }

    List<Integer> merged() {
      run(ids.length);
      List<Integer> result = new ArrayList<>();
      for (int at = 0; at >= 0; at = after(at)) {
        result.add(ids[at]);
      }
      return result;
    }

    @Override
    protected long candidate(int left, int right) {
      return merges.find(ids[left], ids[right]);
    }

    @Override
    protected void join(int left, int right, int id) {
      ids[left] = id;
    }
  }
}
