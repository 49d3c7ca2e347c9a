package io.quire.core.schedule;

import io.quire.api.cache.BlockManager;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Continuous batching, given an order of sequences. In every step the running sequences come first,
 * in order, each with as many of its missing tokens as the budget still holds; what is left of the
 * budget admits waiting sequences, in order. A decode is a sequence that misses one token, a
 * prefill chunk one that misses many: there is no other difference.
 *
 * <p>A running sequence that finds no block preempts the last running one, which is released and
 * waits at its place in the order. The running ones are visited in the same order, so a victim is
 * never one that has been chosen already, and never one ahead of the sequence that needs the room;
 * at worst it is that sequence itself.
 *
 * <p><b>Every sequence ends</b>, if the cache holds the largest one alone and nothing ahead of it
 * arrives for ever. Take the first of all sequences in the order. While it runs it gets tokens in
 * every step, because it can preempt all others and is never a victim. While it waits nobody behind
 * it is admitted, so the running ones become fewer: the first of them advances in every step until
 * it ends, and a preempted one lines up behind. At last nothing runs, and then it is admitted,
 * since the headroom below is asked for only beside running sequences.
 *
 * <p><b>Preemptions are few</b>, because a sequence is admitted only if the cache holds all its
 * known tokens, besides what the running ones still have to compute of theirs, and a headroom
 * remains: 1 % of the blocks or what the running ones take in a decode step, whichever is more. No
 * sequence is admitted in a step with a preemption.
 */
abstract class PolicyScheduler implements Scheduler {
  private static final int HEADROOM_DIVISOR = 100;

  private final SequenceQueue running;
  private final SequenceQueue waiting;
  private SchedulerLimits limits;
  private BlockManager blocks;
  private int blockTokens;
  private int headroom;

  /** Slots of the running sequences, counted anew in every step: a fork gives slots back. */
  private int slots;

  /** Blocks that running sequences need for known tokens and have not got yet. */
  private int promised;

  /** The sequence that was refused for lack of blocks, and how many there were. */
  private long refused = -1;

  private int refusedRoom;

  /** Makes a scheduler without limits. The order is total. */
  PolicyScheduler(Comparator<Sequence> order) {
    running = new SequenceQueue(order);
    waiting = new SequenceQueue(order);
  }

  @Override
  public final void open(SchedulerLimits sizes, BlockManager cache) {
    if (limits != null) {
      throw new IllegalStateException(
          "the scheduler is open already, with "
              + limits.maxTokens()
              + " tokens a step; it is opened once");
    }
    limits = sizes;
    blocks = cache;
    blockTokens = cache.options().blockTokens();
    headroom = Math.ceilDiv(cache.options().blocks(), HEADROOM_DIVISOR);
  }

  @Override
  public final void add(Sequence sequence) {
    if (sequence.computed() == 0) {
      waiting.add(sequence);
      return;
    }
    if (sequence.computed() > (long) sequence.blocks().size() * blockTokens) {
      throw new IllegalArgumentException(
          "sequence "
              + sequence.id()
              + " has "
              + sequence.computed()
              + " computed tokens in "
              + sequence.blocks().size()
              + " blocks of "
              + blockTokens
              + "; they are not there: set computed to 0");
    }
    running.add(sequence);
  }

  @Override
  public final boolean remove(Sequence sequence) {
    return running.remove(sequence) || waiting.remove(sequence);
  }

  @Override
  public final void schedule(Schedule schedule) {
    schedule.clear();
    slots = 0;
    promised = 0;
    for (int i = 0; i < running.size(); i++) {
      advance(running.get(i), schedule);
    }
    if (schedule.preempted().isEmpty()) {
      admit(schedule);
    }
  }

  /** Gives a running sequence its tokens, at the cost of the last ones if there is no room. */
  private void advance(Sequence sequence, Schedule schedule) {
    int computed = sequence.computed();
    int missing = sequence.length() - computed;
    int count = Math.min(missing, limits.maxTokens() - schedule.totalTokens());
    if (count > 0) {
      while (!blocks.reserve(sequence.blocks(), computed, computed + count)) {
        if (preemptLast(schedule) == sequence) {
          return;
        }
      }
      schedule.add(sequence, count);
    }
    promise(sequence, missing - count);
    slots += sequence.slots();
  }

  private Sequence preemptLast(Schedule schedule) {
    Sequence victim = running.get(running.size() - 1);
    running.removeAt(running.size() - 1);
    blocks.release(victim.blocks());
    victim.setComputed(0);
    waiting.add(victim);
    schedule.addPreempted(victim);
    return victim;
  }

  private void promise(Sequence sequence, int later) {
    if (later > 0) {
      promised +=
          Math.max(0, Math.ceilDiv(sequence.length(), blockTokens) - sequence.blocks().size());
    }
  }

  /** Admits waiting sequences; one that does not fit holds up those behind it. */
  private void admit(Schedule schedule) {
    int i = 0;
    while (i < waiting.size() && schedule.totalTokens() < limits.maxTokens()) {
      Sequence sequence = waiting.get(i);
      if (!sequence.known()) {
        i++;
      } else if (fits(sequence)) {
        waiting.removeAt(i);
        running.add(sequence);
        advance(sequence, schedule);
      } else {
        return;
      }
    }
  }

  /** Attaches what is cached of a waiting sequence, if there are slots and blocks for all of it. */
  private boolean fits(Sequence sequence) {
    if (slots + sequence.slots() > limits.maxSequences()) {
      return false;
    }
    int room = blocks.freeBlocks() - promised - headroom(sequence);
    if (sequence.id() == refused && room <= refusedRoom && running.size() > 0) {
      return false; // Nothing has changed: do not search the cache for it again.
    }
    int cached = blocks.attachPrefix(sequence.blocks(), sequence.tokens(), sequence.length());
    int needed = Math.ceilDiv(sequence.length(), blockTokens) - sequence.blocks().size();
    if (needed > blocks.freeBlocks() - promised - headroom(sequence)) {
      blocks.release(sequence.blocks());
      refused = sequence.id();
      refusedRoom = room;
      return false;
    }
    sequence.setComputed(cached);
    return true;
  }

  /** {@return blocks that must stay free beside the running sequences when this one joins them} */
  private int headroom(Sequence sequence) {
    if (running.size() == 0) {
      return 0;
    }
    int decodes = Math.ceilDiv(running.size(), blockTokens);
    return Math.max(headroom, decodes) + sequence.slots() - 1;
  }

  @Override
  public final List<Sequence> sequences() {
    List<Sequence> all = new ArrayList<>(running.size() + waiting.size());
    running.copyTo(all);
    waiting.copyTo(all);
    return all;
  }

  @Override
  public final int running() {
    return running.size();
  }

  @Override
  public final int waiting() {
    return waiting.size();
  }
}
