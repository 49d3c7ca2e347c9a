package io.quire.core.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.quire.api.cache.CacheOptions;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import io.quire.core.cache.PagedBlockManager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An engine without a device: it submits what a scheduler chooses, hands out the tokens of a step
 * right after it, or after the next one was submitted, and checks every rule in every step. Its
 * memory holds what each cell's keys and values would depend on.
 */
final class FakeEngine {
  static final int BLOCK_TOKENS = 16;

  final PagedBlockManager blocks = new PagedBlockManager();
  final SchedulerLimits limits;
  final Set<FakeSequence> live = new LinkedHashSet<>();
  final Schedule schedule = new Schedule();
  Scheduler scheduler;
  int finished;
  int preemptions;
  long steps;
  long allocatedSlots;
  long unusedSlots;
  long residentSlots;
  long idleSlots;
  private final Comparator<Sequence> order;
  private final boolean asynchronous;
  private final long[] memory;
  private List<FakeSequence> sampled = new ArrayList<>();
  private FakeSequence lastFirst;
  private long nextId = 1;

  FakeEngine(Scheduler scheduler, SchedulerLimits limits, int cacheBlocks, boolean asynchronous) {
    this.limits = limits;
    this.asynchronous = asynchronous;
    blocks.open(new CacheOptions(cacheBlocks, BLOCK_TOKENS, true, ""));
    memory = new long[cacheBlocks * BLOCK_TOKENS];
    this.scheduler = scheduler;
    scheduler.open(limits, blocks);
    order =
        scheduler instanceof PriorityScheduler
            ? Comparator.comparingInt(Sequence::priority)
                .thenComparingLong(Sequence::arrival)
                .thenComparingLong(Sequence::id)
            : Comparator.comparingLong(Sequence::arrival).thenComparingLong(Sequence::id);
  }

  FakeSequence submit(int priority, int prompt, int[] tokens, int choices) {
    long id = nextId++;
    FakeSequence sequence = new FakeSequence(id, priority, id, prompt, tokens, blocks.table(""));
    sequence.slots = choices;
    live.add(sequence);
    scheduler.add(sequence);
    return sequence;
  }

  void abort(FakeSequence sequence) {
    assertTrue(scheduler.remove(sequence), "unknown: " + sequence);
    end(sequence);
  }

  void replaceScheduler(Scheduler next) {
    next.open(limits, blocks);
    List<Sequence> all = scheduler.sequences();
    assertEquals(live.size(), all.size());
    int running = scheduler.running();
    int free = blocks.freeBlocks();
    all.forEach(next::add);
    assertEquals(running, next.running());
    assertEquals(free, blocks.freeBlocks());
    assertEquals(all.size() - running, next.waiting());
    scheduler = next;
  }

  /** One step; {@return whether it computed anything}. */
  boolean step() {
    steps++;
    Set<Sequence> before = new HashSet<>(running());
    scheduler.schedule(schedule);
    checkPreemptions(before);
    checkChoice();
    checkAdmissions(before);
    blocks.drainCopies((source, target) ->
        System.arraycopy(
            memory, source * BLOCK_TOKENS, memory, target * BLOCK_TOKENS, BLOCK_TOKENS));
    List<FakeSequence> computed = new ArrayList<>();
    for (int i = 0; i < schedule.size(); i++) {
      compute((FakeSequence) schedule.sequence(i), schedule.tokens(i), computed);
    }
    measure();
    if (!asynchronous) {
      sampled.addAll(computed);
      computed = new ArrayList<>();
    }
    List<FakeSequence> arrived = sampled;
    sampled = computed;
    arrived.forEach(this::receive);
    return schedule.size() > 0;
  }

  private void compute(FakeSequence sequence, int count, List<FakeSequence> samples) {
    int end = sequence.computed() + count;
    for (int i = sequence.computed(); i < end; i++) {
      memory[cell(sequence, i)] = sequence.content[i];
    }
    for (int i = 0; i < end; i++) {
      if (memory[cell(sequence, i)] != sequence.content[i]) {
        fail(sequence + " reads foreign keys and values at position " + i);
      }
    }
    blocks.commit(sequence.blocks(), sequence.tokens, Math.min(end, sequence.known));
    boolean last = end == sequence.length() && sequence.length() < sequence.tokens.length;
    sequence.advance(count, last);
    if (last) {
      samples.add(sequence);
      fork(sequence, samples);
    }
  }

  /** Makes the other choices of a prompt, which differ from the first token they sample. */
  private void fork(FakeSequence parent, List<FakeSequence> samples) {
    for (int i = 1; i < parent.slots; i++) {
      int[] tokens = parent.tokens.clone();
      for (int k = parent.promptLength; k < tokens.length; k++) {
        tokens[k] += i;
      }
      FakeSequence child =
          new FakeSequence(
              nextId++,
              parent.priority(),
              parent.arrival(),
              parent.promptLength,
              tokens,
              blocks.fork(parent.blocks()));
      child.adopt(parent);
      live.add(child);
      scheduler.add(child);
      samples.add(child);
    }
    parent.slots = 1;
  }

  private void receive(FakeSequence sequence) {
    sequence.known++;
    if (live.contains(sequence) && sequence.known == sequence.lastLength) {
      assertTrue(scheduler.remove(sequence));
      end(sequence);
      finished++;
    }
  }

  private void end(FakeSequence sequence) {
    live.remove(sequence);
    account(sequence);
    blocks.release(sequence.blocks());
  }

  /** Blocks that were taken for this sequence, and cells of them that never held a token. */
  private void account(FakeSequence sequence) {
    allocatedSlots += (long) (sequence.lastBlocks - sequence.attached) * BLOCK_TOKENS;
    unusedSlots += (long) sequence.lastBlocks * BLOCK_TOKENS - sequence.lastComputed;
    sequence.lastBlocks = 0;
    sequence.lastComputed = 0;
    sequence.attached = 0;
  }

  private void measure() {
    residentSlots += (long) (blocks.options().blocks() - blocks.freeBlocks()) * BLOCK_TOKENS;
    for (Sequence sequence : running()) {
      idleSlots += (long) sequence.blocks().size() * BLOCK_TOKENS - sequence.computed();
    }
  }

  private void checkChoice() {
    assertTrue(schedule.totalTokens() <= limits.maxTokens(), "budget: " + schedule.totalTokens());
    Set<Sequence> chosen = new HashSet<>();
    for (int i = 0; i < schedule.size(); i++) {
      Sequence sequence = schedule.sequence(i);
      assertTrue(chosen.add(sequence), "chosen twice: " + sequence);
      int end = sequence.computed() + schedule.tokens(i);
      assertTrue(schedule.tokens(i) > 0 && end <= sequence.length(), "tokens of " + sequence);
      assertTrue(end <= sequence.blocks().size() * BLOCK_TOKENS, "blocks of " + sequence);
    }
    List<Sequence> running = running();
    assertTrue(running.containsAll(chosen));
    int slots = running.stream().mapToInt(Sequence::slots).sum();
    assertTrue(slots <= limits.maxSequences(), "slots: " + slots);
    Set<Integer> held = new HashSet<>();
    for (FakeSequence sequence : live) {
      for (int i = 0; i < sequence.blocks().size(); i++) {
        held.add(sequence.blocks().block(i));
      }
    }
    assertEquals(blocks.options().blocks(), held.size() + blocks.freeBlocks());
    List<Sequence> waiting = waiting();
    assertEquals(running.stream().sorted(order).toList(), running);
    assertEquals(waiting.stream().sorted(order).toList(), waiting);
    for (Sequence sequence : waiting) {
      assertEquals(0, sequence.computed() + sequence.blocks().size(), "waits: " + sequence);
    }
  }

  private void checkPreemptions(Set<Sequence> before) {
    for (Sequence victim : schedule.preempted()) {
      preemptions++;
      account((FakeSequence) victim);
      assertTrue(before.contains(victim) && waiting().contains(victim));
      for (int i = 0; i < schedule.size(); i++) {
        assertTrue(order.compare(schedule.sequence(i), victim) < 0, "ahead: " + victim);
        assertTrue(before.contains(schedule.sequence(i)), "admitted beside a preemption");
      }
    }
  }

  private void checkAdmissions(Set<Sequence> before) {
    for (Sequence sequence : running()) {
      FakeSequence admitted = (FakeSequence) sequence;
      if (before.contains(admitted)) {
        continue;
      }
      for (Sequence other : waiting()) {
        assertTrue(!other.known() || order.compare(admitted, other) < 0, other + " was passed");
      }
      if (!admitted.admitted && scheduler instanceof FcfsScheduler) {
        assertTrue(lastFirst == null || order.compare(lastFirst, admitted) < 0);
        lastFirst = admitted;
      }
      admitted.admitted = true;
    }
  }

  private List<Sequence> running() {
    return scheduler.sequences().subList(0, scheduler.running());
  }

  private List<Sequence> waiting() {
    List<Sequence> all = scheduler.sequences();
    return all.subList(scheduler.running(), all.size());
  }

  private static int cell(FakeSequence sequence, int position) {
    return sequence.blocks().block(position / BLOCK_TOKENS) * BLOCK_TOKENS
        + position % BLOCK_TOKENS;
  }
}
