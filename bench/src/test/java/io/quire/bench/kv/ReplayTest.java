package io.quire.bench.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.CacheOptions;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.bench.kv.Conversation.Turn;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.schedule.FcfsScheduler;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplayTest {
  /**
   * By hand, blocks of 4: the first turn has 2 + 4 prompt tokens and 3 answer tokens, of which the
   * last is never computed: 8 tokens in 2 blocks. The second turn's prompt is all 9 and 2 more: it
   * finds both blocks, computes 3 tokens of the prompt and 1 of its 2 answer tokens: 1 block, full.
   */
  @Test
  void shouldCountAConversationAsByHand() {
    Conversation conversation =
        new Conversation(
            tokens(100, 2),
            0,
            0,
            List.of(
                new Turn(0, tokens(200, 4), tokens(300, 3)),
                new Turn(5, tokens(400, 2), tokens(500, 2))));
    SlotLedger ledger = new SlotLedger(new PagedBlockManager());
    ReplayCounts counts = run(ledger, true, conversation);
    assertEquals(2, counts.requests);
    assertEquals(12, ledger.allocatedSlots());
    assertEquals(12, ledger.usedSlots());
    assertEquals(8 + 4, counts.computedTokens);
    assertEquals(8, ledger.stats().hitTokens());
    // Two requests of 32 reserved slots, which end with 8 and 12 tokens.
    assertEquals(1 - 20.0 / 64, counts.contiguousWaste(32), 1e-12);
    assertEquals(0, ledger.slotsNow());
    assertEquals(0, ledger.heldNow());
  }

  /** Without sharing the second turn has 11 + 1 tokens in 3 blocks of its own. */
  @Test
  void shouldCountEveryPromptWholeWithoutSharing() {
    Conversation conversation =
        new Conversation(
            tokens(100, 2),
            0,
            0,
            List.of(
                new Turn(0, tokens(200, 4), tokens(300, 3)),
                new Turn(5, tokens(400, 2), tokens(500, 2))));
    SlotLedger ledger = new SlotLedger(new PagedBlockManager());
    ReplayCounts counts = run(ledger, false, conversation);
    assertEquals(20, ledger.allocatedSlots());
    assertEquals(20, ledger.usedSlots());
    assertEquals(20, counts.computedTokens);
  }

  /** A prompt of 1 and an answer of 1: one token in a block of four. */
  @Test
  void shouldCountTheEmptyRestOfABlockAsWaste() {
    Conversation conversation =
        new Conversation(new int[0], 0, 0, List.of(new Turn(0, tokens(200, 1), tokens(300, 1))));
    SlotLedger ledger = new SlotLedger(new PagedBlockManager());
    ReplayCounts counts = run(ledger, true, conversation);
    assertEquals(4, ledger.allocatedSlots());
    assertEquals(1, ledger.usedSlots());
    assertEquals(0.75, counts.emptyShare());
  }

  @Test
  void shouldFinishEveryTurnOfATraceThatDoesNotFitAtOnce() {
    List<Conversation> trace = ChatTrace.make(new TraceOptions(40, 3, 2, 400, 2, 10, 9));
    long turns = trace.stream().mapToLong(c -> c.turns().size()).sum();
    SlotLedger ledger = new SlotLedger(new PagedBlockManager());
    CacheOptions cache = new CacheOptions(40, 16, true, "");
    Replay replay =
        new Replay(trace, 20, new FcfsScheduler(), ledger, new SchedulerLimits(256, 16), cache);
    ReplayCounts counts = replay.run();
    assertEquals(turns, counts.requests);
    assertTrue(counts.preemptions > 0, "the pool was never short");
    assertTrue(counts.peakUsage > 0.9 && counts.peakUsage <= 1, "peak " + counts.peakUsage);
    assertEquals(40, ledger.freeBlocks());
    assertEquals(0, ledger.slotsNow());
    assertTrue(ledger.usedSlots() <= ledger.allocatedSlots());
  }

  private static ReplayCounts run(SlotLedger ledger, boolean sharing, Conversation conversation) {
    return new Replay(
            List.of(conversation),
            1,
            new FcfsScheduler(),
            ledger,
            new SchedulerLimits(64, 4),
            new CacheOptions(16, 4, sharing, ""))
        .run();
  }

  private static int[] tokens(int from, int count) {
    return IntStream.range(from, from + count).toArray();
  }
}
