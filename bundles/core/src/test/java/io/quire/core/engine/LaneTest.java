package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.BlockManager;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.schedule.FcfsScheduler;
import io.quire.core.schedule.PriorityScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneTest {
  private final List<GenerationRequest> requests = new ArrayList<>();
  private final List<Generation> generations = new ArrayList<>();

  private void submitSome(Rig rig) {
    for (int i = 0; i < 12; i++) {
      GenerationRequest request =
          Rig.request("r" + i, Rig.prompt(3 + i * 5, i), 100 * i)
              .maxTokens(60)
              .choices(1 + i % 3)
              .ignoreEnd(true)
              .build();
      requests.add(request);
      generations.add(rig.submit(request));
    }
  }

  private void assertAllRight(Rig rig) {
    rig.run();
    for (int i = 0; i < requests.size(); i++) {
      Rig.assertRight(requests.get(i), generations.get(i));
    }
    rig.assertNothingHeld();
  }

  private static void steps(Rig rig, int count) {
    for (int i = 0; i < count; i++) {
      rig.step();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 9, 31})
  void shouldContinueOnAnotherDeviceAfterALoss(int step) {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    rig.plan.lostAt = s -> s == step;
    submitSome(rig);
    rig.run();
    assertEquals(1, rig.ended.size());
    assertFalse(rig.engine.health().ok());
    assertTrue(rig.engine.lanes().isEmpty());
    rig.addLane(90);
    assertAllRight(rig);
    assertTrue(rig.engine.health().ok());
  }

  @Test
  void shouldUseNoTokenOfALostStep() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 12);
    rig.plan.lose();
    rig.step();
    rig.addLane(120);
    assertAllRight(rig);
  }

  @Test
  void shouldTreatAStepThatHangsAsALoss() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 5);
    rig.plan.hangs = true;
    rig.step();
    assertEquals(1, rig.ended.size());
    assertTrue(rig.ended.get(0).contains("did not end within 9 s"), rig.ended.get(0));
    rig.addLane(120);
    assertAllRight(rig);
  }

  @Test
  void shouldKeepTheStepInFlightWhenADeviceLeaves() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 12);
    rig.engine.removeLane(rig.offer);
    rig.step();
    assertEquals(List.of("removed"), rig.ended);
    rig.addLane(60);
    assertAllRight(rig);
  }

  @Test
  void shouldRunOnTwoDevicesAndMoveToTheOther() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    FakePlan first = rig.plan;
    rig.addLane(90);
    submitSome(rig);
    steps(rig, 12);
    assertTrue(first.submitted > 0 && rig.plan.submitted > 0);
    first.lose();
    assertAllRight(rig);
    assertEquals(1, rig.engine.lanes().size());
  }

  @Test
  void shouldFailWhatFitsNoOtherDevice() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 4);
    rig.plan.lose();
    rig.step();
    rig.addLane(20);
    rig.run();
    for (int i = 0; i < requests.size(); i++) {
      boolean fits = 3 + i * 5 + 60 <= 80;
      assertEquals(!fits, generations.get(i).result().isCompletedExceptionally());
      if (fits) {
        Rig.assertRight(requests.get(i), generations.get(i));
      }
    }
    rig.assertNothingHeld();
  }

  @Test
  void shouldGiveUpWaitingForADeviceAtLast() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 4);
    rig.plan.lose();
    rig.run();
    rig.clock.addAndGet(61_000_000_000L);
    rig.run();
    EngineException error = failure(generations.get(0));
    assertEquals(EngineException.Kind.UNAVAILABLE, error.kind());
    assertTrue(error.retryAfterSeconds() > 0);
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> rig.submit(Rig.request("late", Rig.prompt(3, 1), 1).build()));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());
    rig.assertNothingHeld();
  }

  private static EngineException failure(Generation generation) {
    CompletionException e =
        assertThrows(CompletionException.class, () -> generation.result().join());
    return (EngineException) e.getCause();
  }

  @Test
  void shouldSwapTheSchedulerUnderLoad() {
    Rig rig = Rig.of(Rig.options(true, false), 50);
    submitSome(rig);
    for (int i = 0; i < 40; i++) {
      rig.step();
      if (i % 3 == 0) {
        rig.engine.useSchedulers(
            i % 2 == 0
                ? Lease.of("priority", PriorityScheduler::new)
                : Lease.of("fcfs", FcfsScheduler::new));
      }
    }
    assertAllRight(rig);
  }

  @Test
  void shouldGoOnWithTheSchedulerItHasWhenTheServiceLeaves() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 6);
    rig.engine.noSchedulers();
    steps(rig, 6);
    assertTrue(rig.engine.health().ok());
    assertEquals("fcfs", rig.engine.lanes().get(0).scheduler());
    rig.engine.useSchedulers(Lease.of("priority", PriorityScheduler::new));
    assertAllRight(rig);
    assertEquals("priority", rig.engine.lanes().get(0).scheduler());
  }

  @Test
  void shouldSwapTheBlockManagerUnderLoad() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 6);
    rig.engine.useBlockManagers(Lease.<BlockManager>of("paged", PagedBlockManager::new));
    steps(rig, 6);
    rig.engine.noBlockManagers();
    steps(rig, 6);
    assertEquals(1, rig.engine.lanes().size());
    rig.engine.useBlockManagers(Lease.<BlockManager>of("paged", PagedBlockManager::new));
    assertAllRight(rig);
    assertTrue(rig.ended.isEmpty());
  }

  @Test
  void shouldComputeARowWithoutANumberAgain() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 4);
    rig.plan.spoilt.addAll(List.of(0L, 101L, 200L, 502L, 1100L));
    assertAllRight(rig);
    assertTrue(rig.plan.spoilt.isEmpty());
  }

  @Test
  void shouldFailWhatNeverHoldsANumberAndNothingElse() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 4);
    rig.plan.broken.add(501L);
    rig.run();
    EngineException error = failure(generations.remove(5));
    assertEquals(EngineException.Kind.INTERNAL, error.kind());
    requests.remove(5);
    assertAllRight(rig);
  }

  @Test
  void shouldFailOnlyWhoIsInARefusedStep() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    Generation first = rig.submit(Rig.request("a", Rig.prompt(3, 1), 1).build());
    rig.plan.refusedAt = s -> s == 2;
    rig.run();
    assertEquals(EngineException.Kind.INTERNAL, failure(first).kind());
    submitSome(rig);
    assertAllRight(rig);
  }

  @Test
  void shouldSurviveASchedulerThatThrows() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 4);
    long running = rig.engine.stats().running();
    rig.engine.useSchedulers(Lease.of("broken", ThrowingScheduler::new));
    rig.step();
    rig.engine.useSchedulers(Lease.of("fcfs", FcfsScheduler::new));
    rig.run();
    long failed = generations.stream().filter(g -> g.result().isCompletedExceptionally()).count();
    assertTrue(running > 0 && failed >= running, failed + " failed, " + running + " ran");
    rig.assertNothingHeld();
    Generation next = rig.submit(Rig.request("next", Rig.prompt(3, 1), 1).build());
    rig.run();
    assertTrue(next.result().isDone() && !next.result().isCompletedExceptionally());
  }

  @Test
  void shouldEndOnlyTheRequestWhoseListenerThrows() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    Generation bad =
        rig.engine.submit(
            Rig.request("bad", Rig.prompt(3, 1), 1).maxTokens(50).ignoreEnd(true).build(),
            event -> {
              if (event instanceof GenerationEvent.Delta) {
                throw new IllegalStateException("listener");
              }
            });
    submitSome(rig);
    assertAllRight(rig);
    assertEquals(EngineException.Kind.INTERNAL, failure(bad).kind());
    assertEquals(1, rig.engine.stats().finished().get("error"));
  }

  @Test
  void shouldReportAStepThatDoesNotEnd() {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    submitSome(rig);
    steps(rig, 4);
    assertTrue(rig.engine.health().ok());
    rig.clock.addAndGet(11_000_000_000L);
    assertFalse(rig.engine.health().ok());
    steps(rig, 1);
    assertTrue(rig.engine.health().ok());
  }
}
