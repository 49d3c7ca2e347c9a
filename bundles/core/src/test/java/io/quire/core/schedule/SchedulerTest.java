package io.quire.core.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.CacheOptions;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import io.quire.core.cache.PagedBlockManager;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private final PagedBlockManager blocks = new PagedBlockManager();
  private final Schedule schedule = new Schedule();

  @Test
  void shouldAdmitInOrderOfArrival() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 8, 100);
    scheduler.add(sequence(2, 0, 10));
    scheduler.add(sequence(1, 5, 20));
    assertStep(scheduler, "1:20 2:10");
    assertEquals(2, scheduler.running());
    assertEquals(0, scheduler.waiting());
  }

  @Test
  void shouldAdmitUrgentSequencesFirst() {
    Scheduler scheduler = open(new PriorityScheduler(), 100, 2, 100);
    scheduler.add(sequence(1, 5, 10));
    scheduler.add(sequence(2, 0, 10));
    scheduler.add(sequence(3, -1, 10));
    assertStep(scheduler, "3:10 2:10");
  }

  @Test
  void shouldShareTheBudgetBetweenDecodesAndPrefillChunks() {
    Scheduler scheduler = open(new FcfsScheduler(), 32, 8, 100);
    scheduler.add(sequence(1, 0, 10));
    scheduler.add(sequence(2, 0, 60));
    scheduler.add(sequence(3, 0, 5));
    assertStep(scheduler, "1:10 2:22");
    assertStep(scheduler, "1:1 2:31");
    assertStep(scheduler, "1:1 2:7 3:5");
    assertStep(scheduler, "1:1 2:1 3:1");
  }

  @Test
  void shouldSkipASequenceWithNothingToCompute() {
    Scheduler scheduler = open(new FcfsScheduler(), 32, 8, 100);
    FakeSequence idle = sequence(1, 0, 10);
    scheduler.add(idle);
    scheduler.add(sequence(2, 0, 10));
    scheduler.schedule(schedule);
    idle.advance(10, false);
    ((FakeSequence) schedule.sequence(1)).advance(10, true);
    assertStep(scheduler, "2:1");
    assertEquals(2, scheduler.running());
  }

  @Test
  void shouldCountTheSlotsThatAPromptForksInto() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 4, 100);
    FakeSequence group = sequence(1, 0, 10);
    group.slots = 3;
    scheduler.add(group);
    FakeSequence second = sequence(2, 0, 10);
    second.slots = 2;
    scheduler.add(second);
    scheduler.add(sequence(3, 0, 10));
    assertStep(scheduler, "1:10");
    group.slots = 1;
    assertStep(scheduler, "1:1 2:10 3:10");
  }

  @Test
  void shouldAttachACachedPrefix() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 4, 100);
    FakeSequence first = sequence(1, 0, 40);
    scheduler.add(first);
    assertStep(scheduler, "1:40");
    blocks.commit(first.blocks(), first.tokens, 40);
    FakeSequence second = sequence(2, 0, 40);
    scheduler.add(second);
    assertStep(scheduler, "1:1 2:8");
    assertEquals(first.blocks().block(1), second.blocks().block(1));
  }

  @Test
  void shouldPreemptTheLatestWhenBlocksRunOut() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 4, 5);
    scheduler.add(sequence(1, 0, 32));
    FakeSequence second = sequence(2, 0, 25);
    scheduler.add(second);
    assertStep(scheduler, "1:32 2:25");
    assertStep(scheduler, "1:1 2:1");
    run(scheduler, 6);
    assertStep(scheduler, "1:1");
    assertPreempted(second);
    assertStep(scheduler, "1:1");
    assertEquals(1, scheduler.waiting(), "34 tokens and headroom beside the first one need 4");
  }

  @Test
  void shouldPreemptTheLeastUrgentEvenIfItCameFirst() {
    Scheduler scheduler = open(new PriorityScheduler(), 100, 4, 5);
    FakeSequence early = sequence(1, 1, 16);
    scheduler.add(early);
    scheduler.add(sequence(2, 0, 40));
    assertStep(scheduler, "2:40 1:16");
    run(scheduler, 8);
    assertStep(scheduler, "2:1");
    assertPreempted(early);
  }

  @Test
  void shouldYieldRatherThanPreemptWhatIsAhead() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 4, 6);
    scheduler.add(sequence(1, 0, 33));
    FakeSequence last = sequence(2, 0, 31);
    scheduler.add(last);
    assertStep(scheduler, "1:33 2:31");
    blocks.reserve(blocks.table(""), 0, 16);
    assertStep(scheduler, "1:1 2:1");
    assertStep(scheduler, "1:1");
    assertPreempted(last);
  }

  @Test
  void shouldNotPassALargeSequenceThatWaitsForBlocks() {
    Scheduler scheduler = open(new FcfsScheduler(), 1_000, 8, 10);
    FakeSequence first = sequence(1, 0, 80);
    scheduler.add(first);
    scheduler.add(sequence(2, 0, 120));
    scheduler.add(sequence(3, 0, 5));
    assertStep(scheduler, "1:80");
    assertStep(scheduler, "1:1");
    scheduler.remove(first);
    blocks.release(first.blocks());
    assertStep(scheduler, "2:120 3:5");
  }

  @Test
  void shouldNotSearchTheCacheAgainWhileNothingHasChanged() {
    Scheduler scheduler = open(new FcfsScheduler(), 1_000, 8, 10);
    scheduler.add(sequence(1, 0, 70));
    scheduler.add(sequence(2, 0, 120));
    assertStep(scheduler, "1:70");
    long queried = blocks.stats().queriedTokens();
    run(scheduler, 20);
    assertEquals(queried, blocks.stats().queriedTokens());
    assertEquals(1, scheduler.waiting());
  }

  @Test
  void shouldKeepHeadroomOnlyBesideOthers() {
    Scheduler scheduler = open(new FcfsScheduler(), 1_000, 8, 10);
    FakeSequence all = sequence(1, 0, 160);
    scheduler.add(all);
    assertStep(scheduler, "1:160");
    scheduler.remove(all);
    blocks.release(all.blocks());
    scheduler.add(sequence(2, 0, 80));
    scheduler.add(sequence(3, 0, 80));
    assertStep(scheduler, "2:80");
  }

  @Test
  void shouldAdmitOnlyWhatFitsBesidesPrefillsUnderWay() {
    Scheduler scheduler = open(new FcfsScheduler(), 32, 8, 10);
    scheduler.add(sequence(1, 0, 120));
    scheduler.add(sequence(2, 0, 30));
    assertStep(scheduler, "1:32");
    assertStep(scheduler, "1:32");
    assertStep(scheduler, "1:32");
    assertStep(scheduler, "1:24");
    assertEquals(1, scheduler.waiting());
  }

  @Test
  void shouldSkipAWaitingSequenceUntilItsTokensAreKnown() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 8, 100);
    FakeSequence unknown = sequence(1, 0, 10);
    unknown.known = 9;
    scheduler.add(unknown);
    scheduler.add(sequence(2, 0, 10));
    assertStep(scheduler, "2:10");
    unknown.known = 10;
    assertStep(scheduler, "2:1 1:10");
    assertStep(scheduler, "1:1 2:1");
  }

  @Test
  void shouldAdoptRunningSequences() {
    Scheduler scheduler = open(new FcfsScheduler(), 100, 8, 100);
    scheduler.add(sequence(1, 0, 10));
    scheduler.add(sequence(2, 0, 10));
    assertStep(scheduler, "1:10 2:10");
    FakeSequence waiting = sequence(3, 0, 10);
    scheduler.add(waiting);
    Scheduler next = new PriorityScheduler();
    next.open(new SchedulerLimits(100, 8), blocks);
    scheduler.sequences().forEach(next::add);
    assertEquals(2, next.running());
    assertEquals(List.of(waiting), next.sequences().subList(2, 3));
    assertStep(next, "1:1 2:1 3:10");
  }

  @Test
  void shouldForgetARemovedSequence() {
    Scheduler scheduler = open(new FcfsScheduler(), 10, 8, 100);
    FakeSequence first = sequence(1, 0, 10);
    FakeSequence second = sequence(2, 0, 10);
    scheduler.add(first);
    scheduler.add(second);
    assertStep(scheduler, "1:10");
    assertTrue(scheduler.remove(second));
    assertFalse(scheduler.remove(second));
    assertTrue(scheduler.remove(first));
    assertFalse(scheduler.remove(first));
    assertEquals(List.of(), scheduler.sequences());
    assertStep(scheduler, "");
  }

  @Test
  void shouldRefuseWhatWouldBreakItsBooks() {
    Scheduler scheduler = open(new FcfsScheduler(), 10, 8, 100);
    FakeSequence sequence = sequence(7, 0, 10);
    scheduler.add(sequence);
    String message =
        assertThrows(IllegalArgumentException.class, () -> scheduler.add(sequence)).getMessage();
    assertTrue(message.contains("sequence 7 is here already"), message);
    FakeSequence lost = sequence(8, 0, 10);
    lost.advance(10, true);
    message = assertThrows(IllegalArgumentException.class, () -> scheduler.add(lost)).getMessage();
    assertTrue(message.contains("sequence 8 has 10 computed tokens in 0 blocks of 16"), message);
    message =
        assertThrows(
                IllegalStateException.class,
                () -> scheduler.open(new SchedulerLimits(1, 1), blocks))
            .getMessage();
    assertTrue(message.contains("with 10 tokens a step"), message);
  }

  private void assertPreempted(FakeSequence sequence) {
    assertEquals(List.of(sequence), schedule.preempted());
    assertEquals(0, sequence.computed());
    assertEquals(0, sequence.blocks().size());
  }

  private Scheduler open(Scheduler scheduler, int maxTokens, int maxSequences, int cacheBlocks) {
    blocks.open(new CacheOptions(cacheBlocks, 16, true, ""));
    scheduler.open(new SchedulerLimits(maxTokens, maxSequences), blocks);
    return scheduler;
  }

  private FakeSequence sequence(long id, int priority, int prompt) {
    int[] tokens = IntStream.range(0, 400).toArray();
    return new FakeSequence(id, priority, id, prompt, tokens, blocks.table(""));
  }

  private void assertStep(Scheduler scheduler, String expected) {
    scheduler.schedule(schedule);
    StringBuilder actual = new StringBuilder();
    for (int i = 0; i < schedule.size(); i++) {
      Sequence sequence = schedule.sequence(i);
      actual.append(i == 0 ? "" : " ").append(sequence.id()).append(':').append(schedule.tokens(i));
    }
    assertEquals(expected, actual.toString());
    compute();
  }

  private void run(Scheduler scheduler, int steps) {
    for (int i = 0; i < steps; i++) {
      scheduler.schedule(schedule);
      compute();
    }
  }

  /** Computes what is chosen, and samples where a sequence has nothing left to compute. */
  private void compute() {
    for (int i = 0; i < schedule.size(); i++) {
      FakeSequence sequence = (FakeSequence) schedule.sequence(i);
      int count = schedule.tokens(i);
      boolean last = sequence.computed() + count == sequence.length();
      sequence.advance(count, last);
      sequence.known += last ? 1 : 0;
    }
  }
}
