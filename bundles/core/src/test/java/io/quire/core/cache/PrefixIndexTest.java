package io.quire.core.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quire.testkit.Seed;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class PrefixIndexTest {
  @Test
  void shouldDistinguishNamesByAllTheirBits() {
    PrefixIndex index = new PrefixIndex(8, true);
    for (int i = 0; i < 4; i++) {
      long[] name = new long[4];
      name[i] = 1L << 63;
      index.put(i, name);
    }
    assertEquals(-1, index.find(new long[4]));
    for (int i = 0; i < 4; i++) {
      long[] name = new long[4];
      name[i] = 1L << 63;
      assertEquals(i, index.find(name));
    }
  }

  @Test
  void shouldFindWhatAMapFindsWhenManyNamesShareACell(RandomGenerator random) {
    PrefixIndex index = new PrefixIndex(64, true);
    Map<Long, Integer> model = new HashMap<>();
    Map<Integer, Long> names = new HashMap<>();
    for (int i = 0; i < 200_000; i++) {
      int block = random.nextInt(64);
      long name = random.nextLong(80) * 37 % 64 + (random.nextLong(3) << 40);
      if (random.nextBoolean()) {
        index.put(block, new long[] {name, 0, 0, name});
        if (!Long.valueOf(name).equals(names.get(block))) {
          model.remove(names.remove(block));
          if (model.putIfAbsent(name, block) == null) {
            names.put(block, name);
          }
        }
      } else if (names.containsKey(block)) {
        index.remove(block);
        model.remove(names.remove(block));
        assertFalse(index.contains(block));
      }
      long sought = random.nextBoolean() ? name : random.nextLong(64);
      assertEquals(model.getOrDefault(sought, -1), index.find(new long[] {sought, 0, 0, sought}));
      assertEquals(names.containsKey(block), index.contains(block));
    }
  }
}
