package io.quire.bench.kv;

import io.quire.api.cache.CacheOptions;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;

/**
 * Runs a trace: what the engine does with a scheduler and a block manager, step by step, but for
 * the computing. A step is the unit of time.
 */
final class Replay {
  private final List<Conversation> trace;
  private final int concurrency;
  private final Scheduler scheduler;
  private final SlotLedger blocks;
  private final CacheOptions cache;
  private final Schedule schedule = new Schedule();
  private final PriorityQueue<DueTurn> due =
      new PriorityQueue<>(Comparator.comparingLong(DueTurn::step).thenComparingLong(DueTurn::id));
  private final ReplayCounts counts = new ReplayCounts();
  private int nextConversation;
  private long nextArrival;
  private int open;
  private long nextId;
  private long step;

  /** A message that will be sent. */
  private record DueTurn(long step, long id, Conversation conversation, int turn) {}

  /**
   * Prepares a run.
   *
   * @param trace the conversations
   * @param concurrency most conversations open at once
   * @param scheduler new
   * @param blocks new
   * @param limits of a step
   * @param cache sizes of the cache
   */
  Replay(
      List<Conversation> trace,
      int concurrency,
      Scheduler scheduler,
      SlotLedger blocks,
      SchedulerLimits limits,
      CacheOptions cache) {
    this.trace = trace;
    this.concurrency = concurrency;
    this.scheduler = scheduler;
    this.blocks = blocks;
    this.cache = cache;
    blocks.open(cache);
    scheduler.open(limits, blocks);
    nextArrival = trace.getFirst().gap();
  }

  /**
   * Runs to the end.
   *
   * @return what was counted
   */
  ReplayCounts run() {
    while (nextConversation < trace.size() || open > 0) {
      arrive();
      scheduler.schedule(schedule);
      if (schedule.size() > 0) {
        compute();
      } else if (scheduler.running() + scheduler.waiting() > 0) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "the scheduler stands still in step %d: %d running, %d waiting, %d of %d blocks free",
                step,
                scheduler.running(),
                scheduler.waiting(),
                blocks.freeBlocks(),
                cache.blocks()));
      } else {
        step = Math.max(step, nextEvent() - 1);
      }
      step++;
    }
    return counts;
  }

  private long nextEvent() {
    long turn = due.isEmpty() ? Long.MAX_VALUE : due.element().step();
    boolean arrival = nextConversation < trace.size() && open < concurrency;
    return Math.min(turn, arrival ? nextArrival : Long.MAX_VALUE);
  }

  private void arrive() {
    while (nextConversation < trace.size() && open < concurrency && nextArrival <= step) {
      Conversation conversation = trace.get(nextConversation++);
      if (nextConversation < trace.size()) {
        nextArrival += trace.get(nextConversation).gap();
      }
      open++;
      due.add(new DueTurn(step, nextId++, conversation, 0));
    }
    while (!due.isEmpty() && due.element().step() <= step) {
      DueTurn turn = due.remove();
      scheduler.add(
          new TraceSequence(turn.id(), turn.conversation(), turn.turn(), blocks.table("")));
    }
  }

  private void compute() {
    counts.preemptions += schedule.preempted().size();
    blocks.drainCopies((source, target) -> counts.copies++);
    for (int i = 0; i < schedule.size(); i++) {
      TraceSequence sequence = (TraceSequence) schedule.sequence(i);
      int from = sequence.computed();
      int to = from + schedule.tokens(i);
      blocks.wrote(sequence.blocks(), from, to);
      sequence.setComputed(to);
    }
    counts.step(schedule, blocks, cache);
    for (int i = 0; i < schedule.size(); i++) {
      TraceSequence sequence = (TraceSequence) schedule.sequence(i);
      blocks.commit(sequence.blocks(), sequence.tokens(), sequence.computed());
      if (sequence.computed() == sequence.length() && !sequence.extend()) {
        end(sequence);
      }
    }
  }

  private void end(TraceSequence sequence) {
    counts.end(sequence);
    scheduler.remove(sequence);
    blocks.release(sequence.blocks());
    int next = sequence.turn + 1;
    List<Conversation.Turn> turns = sequence.conversation.turns();
    if (next < turns.size()) {
      long when = step + 1 + turns.get(next).think();
      due.add(new DueTurn(when, nextId++, sequence.conversation, next));
    } else {
      open--;
    }
  }
}
