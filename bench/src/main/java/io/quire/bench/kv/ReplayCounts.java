package io.quire.bench.kv;

import io.quire.api.cache.CacheOptions;
import io.quire.api.schedule.Schedule;

/** What a replay counts beside the ledger. */
final class ReplayCounts {
  long steps;
  long requests;
  long computedTokens;
  long preemptions;
  long copies;
  long heldAtEnd;
  int peakRunning;
  double peakUsage;
  private double usages;
  private double slotSteps;
  private double emptySlotSteps;

  void step(Schedule schedule, SlotLedger ledger, CacheOptions cache) {
    steps++;
    computedTokens += schedule.totalTokens();
    peakRunning = Math.max(peakRunning, schedule.size());
    double usage = 1 - (double) ledger.freeBlocks() / cache.blocks();
    peakUsage = Math.max(peakUsage, usage);
    usages += usage;
    slotSteps += ledger.slotsNow();
    emptySlotSteps += ledger.slotsNow() - ledger.heldNow();
  }

  void end(TraceSequence sequence) {
    requests++;
    heldAtEnd += sequence.computed();
  }

  double meanUsage() {
    return steps == 0 ? 0 : usages / steps;
  }

  /** {@return empty slots over slots in use, mean over steps weighted by use} */
  double emptyShare() {
    return slotSteps == 0 ? 0 : emptySlotSteps / slotSteps;
  }

  /**
   * What an allocator would waste that reserves the longest sequence for every request.
   *
   * @param mostTokens the longest sequence
   * @return slots that never held a token over slots allocated
   */
  double contiguousWaste(int mostTokens) {
    return requests == 0 ? 0 : 1 - (double) heldAtEnd / ((double) requests * mostTokens);
  }
}
