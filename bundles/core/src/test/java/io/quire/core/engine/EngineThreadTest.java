package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import io.quire.testkit.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The engine on its own threads. */
@ExtendWith(Seed.class)
@Timeout(60)
class EngineThreadTest {
  private static final int CALLERS = 4;
  private static final int REQUESTS = 60;

  @Test
  void shouldServeManyCallersAtOnce(RandomGenerator random) throws Exception {
    Rig rig = Rig.of(Rig.options(true, true), 130);
    rig.engine.start();
    Map<GenerationRequest, Generation> all = new ConcurrentHashMap<>();
    List<Thread> callers = new ArrayList<>();
    for (int c = 0; c < CALLERS; c++) {
      long seed = random.nextLong();
      int caller = c;
      callers.add(
          Thread.ofPlatform().name("caller-" + c).start(() -> call(rig, all, caller, seed)));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    rig.engine.drain().get(30, TimeUnit.SECONDS);
    all.forEach(Rig::assertRight);
    assertEquals(CALLERS * REQUESTS, all.size());
    rig.engine.close(Duration.ZERO);
    assertEquals(List.of("stopped"), rig.ended);
    assertFalse(rig.engine.health().ok());
  }

  private static void call(Rig rig, Map<GenerationRequest, Generation> all, int caller, long seed) {
    for (int i = 0; i < REQUESTS; i++) {
      int n = caller * REQUESTS + i;
      GenerationRequest request =
          Rig.request("r" + n, Rig.prompt(1 + (int) Math.floorMod(seed + n, 40L), n % 3), seed + n)
              .choices(1 + n % 3)
              .maxTokens(1 + n % 50)
              .build();
      Generation generation = rig.submit(request);
      all.put(request, generation);
      if (n % 7 == 0) {
        generation.cancel();
      }
    }
  }

  @Test
  void shouldDrainAndThenFailWhatIsLeft() throws Exception {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Generation generation =
        rig.engine.submit(
            Rig.request("a", Rig.prompt(3, 1), 1).maxTokens(100).ignoreEnd(true).build(),
            event -> {
              started.countDown();
              await(release);
            });
    rig.engine.start();
    assertTrue(started.await(10, TimeUnit.SECONDS));
    CompletableFuture<Void> drained = rig.engine.drain();
    EngineException refused =
        assertThrows(
            EngineException.class, () -> rig.submit(Rig.request("b", Rig.prompt(3, 1), 1).build()));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());
    assertFalse(drained.isDone());
    release.countDown();
    drained.get(10, TimeUnit.SECONDS);
    assertEquals(FinishReason.LENGTH, generation.result().get().choices().get(0).reason());
    rig.engine.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldFailWhatStillWaitsWhenItCloses() {
    Rig rig = new Rig(Rig.options(true, true));
    rig.engine.start();
    Rig.Events events = new Rig.Events();
    Generation generation =
        rig.engine.submit(Rig.request("a", Rig.prompt(3, 1), 1).build(), events);
    rig.engine.close(Duration.ZERO);
    ExecutionException e = assertThrows(ExecutionException.class, () -> generation.result().get());
    assertEquals(EngineException.Kind.UNAVAILABLE, ((EngineException) e.getCause()).kind());
    assertEquals(1, events.of(GenerationEvent.Failed.class).size());
    assertEquals(1, events.list.size());
  }
}
