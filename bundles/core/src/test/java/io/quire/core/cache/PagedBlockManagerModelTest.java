package io.quire.core.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.BlockTable;
import io.quire.api.cache.CacheOptions;
import io.quire.api.cache.CacheStats;
import io.quire.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Random operations on the block manager and on {@link NaiveCache}, and on a cache's memory. */
@ExtendWith(Seed.class)
class PagedBlockManagerModelTest {
  private static final int BLOCK_TOKENS = 4;
  private static final int BLOCKS = 48;
  private static final int MAX_LENGTH = 60;

  /** A sequence on both sides. */
  private static final class Twin {
    final NaiveCache.Table expected;
    final BlockTable actual;
    final int[] tokens = new int[MAX_LENGTH];

    /** What each position's keys and values depend on: all tokens up to it. */
    final long[] values = new long[MAX_LENGTH];

    int computed;

    Twin(NaiveCache.Table expected, BlockTable actual) {
      this.expected = expected;
      this.actual = actual;
    }
  }

  private final PagedBlockManager manager = new PagedBlockManager();
  private final NaiveCache model = new NaiveCache(BLOCKS, BLOCK_TOKENS);
  private final long[] memory = new long[BLOCKS * BLOCK_TOKENS];
  private final List<Twin> twins = new ArrayList<>();

  @Test
  void shouldDoWhatTheModelDoes(RandomGenerator random) {
    manager.open(new CacheOptions(BLOCKS, BLOCK_TOKENS, true, "salt"));
    int refusals = 0;
    for (int i = 0; i < 100_000; i++) {
      int choice = random.nextInt(100);
      if (twins.isEmpty() || choice < 15 && twins.size() < 24) {
        start(random);
      } else {
        Twin twin = twins.get(random.nextInt(twins.size()));
        if (choice < 75) {
          refusals += grow(twin, random) ? 0 : 1;
        } else if (choice < 80) {
          fork(twin);
        } else if (choice < 83) {
          rewrite(twin, random);
        } else if (choice < 84 && random.nextInt(20) == 0) {
          manager.forgetPrefixes();
          model.forget();
        } else {
          end(twin, random);
        }
      }
      check();
    }
    CacheStats stats = manager.stats();
    assertTrue(stats.hitTokens() > 10_000, "too few hits to test anything: " + stats);
    assertTrue(stats.evictions() > 1_000, "too few evictions to test anything: " + stats);
    assertTrue(stats.copies() > 1_000, "too few copies to test anything: " + stats);
    assertTrue(refusals > 1_000, "too few refusals to test anything: " + refusals);
    while (!twins.isEmpty()) {
      end(twins.getFirst(), random);
    }
    check();
    assertEquals(BLOCKS, manager.freeBlocks());
  }

  private void start(RandomGenerator random) {
    String salt = random.nextInt(4) == 0 ? "tenant" : "";
    Twin twin = new Twin(new NaiveCache.Table(salt), manager.table(salt));
    twins.add(twin);
    randomize(twin, 0, random);
    attach(twin, random);
  }

  private void attach(Twin twin, RandomGenerator random) {
    int length = random.nextInt(MAX_LENGTH + 1);
    twin.computed = manager.attachPrefix(twin.actual, twin.tokens, length);
    assertEquals(model.attach(twin.expected, twin.tokens, length), twin.computed);
    for (int i = 0; i < twin.computed; i++) {
      assertEquals(twin.values[i], memory[cell(twin, i)], "attached content of position " + i);
    }
  }

  private boolean grow(Twin twin, RandomGenerator random) {
    int most = random.nextBoolean() ? 1 : 20;
    int length = Math.min(MAX_LENGTH, twin.computed + random.nextInt(most + 1));
    int free = manager.freeBlocks();
    boolean reserved = manager.reserve(twin.actual, twin.computed, length);
    assertEquals(model.reserve(twin.expected, twin.computed, length), reserved);
    if (!reserved) {
      assertEquals(free, manager.freeBlocks());
      return false;
    }
    write(twin, length);
    int known = Math.max(0, length - random.nextInt(2));
    manager.commit(twin.actual, twin.tokens, known);
    model.commit(twin.expected, twin.tokens, known);
    return true;
  }

  /** Copies blocks and writes positions as a device does. */
  private void write(Twin twin, int length) {
    List<String> copies = new ArrayList<>();
    manager.drainCopies((source, target) -> {
      copies.add(source + ">" + target);
      System.arraycopy(memory, source * BLOCK_TOKENS, memory, target * BLOCK_TOKENS, BLOCK_TOKENS);
    });
    assertEquals(model.copies, copies);
    model.copies.clear();
    for (int i = twin.computed; i < length; i++) {
      memory[cell(twin, i)] = twin.values[i];
    }
    twin.computed = length;
  }

  private void fork(Twin source) {
    Twin twin = new Twin(model.fork(source.expected), manager.fork(source.actual));
    System.arraycopy(source.tokens, 0, twin.tokens, 0, MAX_LENGTH);
    System.arraycopy(source.values, 0, twin.values, 0, MAX_LENGTH);
    twin.computed = source.computed;
    twins.add(twin);
  }

  /** Takes some computed tokens back and continues with others. */
  private void rewrite(Twin twin, RandomGenerator random) {
    int kept = random.nextInt(twin.computed + 1);
    int length = twin.computed;
    boolean reserved = manager.reserve(twin.actual, kept, length);
    assertEquals(model.reserve(twin.expected, kept, length), reserved);
    if (reserved) {
      randomize(twin, kept, random);
      twin.computed = kept;
      write(twin, length);
    }
  }

  private void end(Twin twin, RandomGenerator random) {
    manager.release(twin.actual);
    model.release(twin.expected);
    twin.computed = 0;
    if (random.nextBoolean()) {
      twins.remove(twin);
    } else {
      attach(twin, random);
    }
  }

  private void check() {
    CacheStats stats = manager.stats();
    assertEquals(model.free.size(), stats.freeBlocks());
    assertEquals(model.cachedFree(), stats.cachedBlocks());
    assertEquals(model.queried, stats.queriedTokens());
    assertEquals(model.hits, stats.hitTokens());
    assertEquals(model.evictions, stats.evictions());
    assertEquals(model.copied, stats.copies());
    for (Twin twin : twins) {
      assertEquals(twin.expected.blocks.size(), twin.actual.size());
      for (int i = 0; i < twin.actual.size(); i++) {
        assertEquals(twin.expected.blocks.get(i), twin.actual.block(i));
      }
      assertEquals(twin.expected.dirty, twin.actual.firstDirty());
      if (twin.computed % 3 == 0) {
        twin.actual.markClean();
        twin.expected.dirty = twin.actual.size();
      }
      for (int i = 0; i < twin.computed; i++) {
        assertEquals(twin.values[i], memory[cell(twin, i)]);
      }
    }
  }

  private int cell(Twin twin, int position) {
    return twin.actual.block(position / BLOCK_TOKENS) * BLOCK_TOKENS + position % BLOCK_TOKENS;
  }

  private static void randomize(Twin twin, int from, RandomGenerator random) {
    for (int i = from; i < MAX_LENGTH; i++) {
      twin.tokens[i] = random.nextInt(10) == 0 ? random.nextInt(3) : i % 2;
      long before = i == 0 ? twin.expected.salt.hashCode() : twin.values[i - 1];
      twin.values[i] = (before ^ twin.tokens[i]) * 0x9E3779B97F4A7C15L + i;
    }
  }
}
