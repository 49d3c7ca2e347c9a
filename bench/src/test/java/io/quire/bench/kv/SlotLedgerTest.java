package io.quire.bench.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.BlockTable;
import io.quire.api.cache.CacheOptions;
import io.quire.core.cache.PagedBlockManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlotLedgerTest {
  private final SlotLedger ledger = new SlotLedger(new PagedBlockManager());

  @BeforeEach
  void open() {
    ledger.open(new CacheOptions(8, 4, true, ""));
  }

  @Test
  void shouldCountAtReleaseAndNotBefore() {
    BlockTable table = written(6);
    assertEquals(0, ledger.allocatedSlots());
    assertEquals(8, ledger.slotsNow());
    assertEquals(6, ledger.heldNow());
    ledger.release(table);
    assertEquals(8, ledger.allocatedSlots());
    assertEquals(6, ledger.usedSlots());
    assertEquals(0, ledger.slotsNow());
  }

  @Test
  void shouldCountReservedBlocksThatNeverHeldAnything() {
    BlockTable table = ledger.table("");
    assertTrue(ledger.reserve(table, 0, 16));
    ledger.wrote(table, 0, 2);
    ledger.release(table);
    assertEquals(16, ledger.allocatedSlots());
    assertEquals(2, ledger.usedSlots());
  }

  @Test
  void shouldCountNothingForAReservationThatFails() {
    BlockTable table = ledger.table("");
    assertFalse(ledger.reserve(table, 0, 33));
    ledger.release(table);
    assertEquals(0, ledger.allocatedSlots());
  }

  @Test
  void shouldCountSharedBlocksOnceAndTheirCopies() {
    BlockTable parent = written(6);
    BlockTable child = ledger.fork(parent);
    // The second block is shared and has 2 tokens: writing the third copies it.
    assertTrue(ledger.reserve(child, 6, 7));
    ledger.wrote(child, 6, 7);
    assertEquals(12, ledger.slotsNow());
    assertEquals(4 + 2 + 3, ledger.heldNow());
    ledger.release(parent);
    assertEquals(4, ledger.allocatedSlots());
    ledger.release(child);
    assertEquals(12, ledger.allocatedSlots());
    assertEquals(4 + 2 + 3, ledger.usedSlots());
  }

  @Test
  void shouldNotCountABlockAgainThatIsFoundAgain() {
    int[] tokens = {1, 2, 3, 4, 5, 6};
    BlockTable first = written(6);
    ledger.commit(first, tokens, 6);
    ledger.release(first);
    BlockTable second = ledger.table("");
    assertEquals(4, ledger.attachPrefix(second, tokens, 6));
    assertEquals(4, ledger.slotsNow());
    assertEquals(4, ledger.heldNow());
    ledger.release(second);
    assertEquals(8, ledger.allocatedSlots());
    assertEquals(6, ledger.usedSlots());
  }

  private BlockTable written(int tokens) {
    BlockTable table = ledger.table("");
    assertTrue(ledger.reserve(table, 0, tokens));
    ledger.wrote(table, 0, tokens);
    return table;
  }
}
