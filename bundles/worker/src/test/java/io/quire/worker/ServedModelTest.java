package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.quire.api.device.Device;
import io.quire.api.device.SamplingParams;
import io.quire.api.engine.Engine;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** A model on the CPU, in this process and in a child; the limit is for a hang alone. */
@Timeout(120)
class ServedModelTest {
  private static final String BACKEND = "io.quire.backend.cpu";
  private static final Map<String, Object> IN_CHILD = Map.of("backends", BACKEND);
  private static final Map<String, Object> HERE =
      Map.of("backends", BACKEND, "worker", "in-process");
  private static final Map<String, Object> SMALL =
      Map.of("max.model.len", 512, "max.num.seqs", 8, "max.num.batched.tokens", 64);

  @Test
  void shouldDrawTheSameTokensAsInThisProcess(@TempDir Path storage) throws Exception {
    try (WorkerRig rig = new WorkerRig(storage, HERE)) {
      rig.start(WorkerRig.jar(BACKEND));
      rig.device("cpu0", reference -> WorkerRig.pid(reference) == 0);
      Engine engine = rig.serve("tiny", "random:llama-tiny?seed=5", SMALL);
      List<int[]> expected = generate(engine);
      rig.configure(WorkerConfig.PID, IN_CHILD);
      ServiceReference<Device> remote = rig.remote("cpu0");
      assertNotEquals(ProcessHandle.current().pid(), WorkerRig.pid(remote));
      List<int[]> tokens = generate(engine);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), tokens.get(i), "request " + i);
      }
      rig.configure(WorkerConfig.PID, HERE);
      rig.device("cpu0", reference -> WorkerRig.pid(reference) == 0);
      assertArrayEquals(expected.getFirst(), generate(engine).getFirst());
    }
  }

  @Test
  void shouldGoOnAfterItsProcessWasKilled(@TempDir Path storage) throws Exception {
    try (WorkerRig rig = new WorkerRig(storage, IN_CHILD)) {
      Bundle backend = rig.start(WorkerRig.jar(BACKEND));
      ServiceReference<Device> first = rig.remote("cpu0");
      Engine engine = rig.serve("tiny", "random:llama-tiny?seed=5", SMALL);
      int[] expected = generate(engine).getFirst();
      CountDownLatch running = new CountDownLatch(8);
      Generation generation = engine.submit(request(0), event -> running.countDown());
      running.await();
      ProcessHandle.of(WorkerRig.pid(first)).orElseThrow().destroyForcibly();
      assertArrayEquals(expected, tokens(generation));
      assertNotEquals(WorkerRig.pid(first), WorkerRig.pid(rig.remote("cpu0")));
      backend.stop();
      assertEquals(List.of(), children());
    }
  }

  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
  }

  private static GenerationRequest request(int number) {
    int[] prompt = new int[20 + 31 * number];
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = (i * 7 + number * 13) % 256;
    }
    SamplingParams params =
        number % 2 == 0
            ? SamplingParams.GREEDY
            : new SamplingParams(1.2f, 50, 0.95f, 0, 1.1f, 0.1f, 0.2f, Map.of(3, 1.5f), number, 3);
    return GenerationRequest.builder("r" + number, new Prompt.Tokens(prompt))
        .sampling(params)
        .maxTokens(96)
        .ignoreEnd(true)
        .build();
  }

  /** Several at once, so that prefill and decode share steps. */
  private static List<int[]> generate(Engine engine) throws Exception {
    List<Generation> running = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      running.add(engine.submit(request(i), event -> {}));
    }
    List<int[]> all = new ArrayList<>();
    for (Generation generation : running) {
      all.add(tokens(generation));
    }
    return all;
  }

  private static int[] tokens(Generation generation) throws Exception {
    return generation.result().get(60, TimeUnit.SECONDS).choices().getFirst().tokens();
  }
}
