package io.quire.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.Engine;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.ServedModel.State;
import io.quire.core.engine.FakePlan;
import io.quire.core.engine.Oracle;
import io.quire.core.model.HostRig.FakeDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeviceChoiceTest {
  private static final Map<String, Object> EMBEDDED = Map.of("vendor", "cpu", "driver", "cpu");
  private static final Map<String, Object> EMULATED =
      Map.of("vendor", "cpu", "driver", "opencl", "type", "cpu", "memory.shared", true);
  private static final Map<String, Object> EMULATED_BY_ANOTHER =
      Map.of("vendor", "mesa", "driver", "opencl", "type", "cpu");
  private static final Map<String, Object> INTEGRATED =
      Map.of("vendor", "acme", "driver", "opencl", "type", "gpu", "memory.shared", true);

  private final HostRig rig = HostRig.ready();

  @AfterEach
  void close() {
    rig.host.close();
    assertEquals(0, rig.openFiles);
  }

  @Test
  void shouldPreferGpusThenTheEmbeddedBackendThenEmulations() {
    FakeDevice emulated = rig.addDevice("cl0", EMULATED);
    FakeDevice another = rig.addDevice("cl1", EMULATED_BY_ANOTHER);
    FakeDevice embedded = rig.addDevice("cpu0", EMBEDDED);
    FakeDevice gpu = rig.addDevice("gpu0", INTEGRATED);
    for (FakeDevice expected : List.of(gpu, embedded, emulated, another)) {
      rig.settle();
      assertRunsOn(expected);
      rig.host.removeDevice(expected);
      assertTrue(expected.plan.closed());
    }
    assertEquals(State.WAITING, rig.status.state());
  }

  @Test
  void shouldLetTheRankingOfAServiceDecideBeforeItsKind() {
    FakeDevice gpu = rig.addDevice("gpu0", INTEGRATED);
    FakeDevice ranked =
        rig.addDevice("cl0", Map.of("vendor", "cpu", "driver", "opencl", "service.ranking", 1));
    rig.settle();
    assertRunsOn(ranked);
    assertNull(gpu.plan);
  }

  @Test
  void shouldPreferTheBetterOfTwoWaysToTheSameCard() {
    FakeDevice other = rig.addDevice("a-card", INTEGRATED);
    FakeDevice own =
        rig.addDevice(
            "b-card",
            Map.of("vendor", "acme", "driver", "own", "type", "gpu", "service.ranking", 10));
    rig.settle();
    assertRunsOn(own);
    rig.host.removeDevice(own);
    assertRunsOn(other);
  }

  @Test
  void shouldMoveRunningRequestsToABetterDeviceThatArrivesLater() throws Exception {
    FakeDevice embedded = rig.addDevice("cpu0", EMBEDDED);
    rig.settle();
    Engine engine = rig.registered.orElseThrow();
    List<Generation> running = start(engine);
    FakeDevice gpu = rig.addDevice("gpu0", INTEGRATED);
    List<State> states = new ArrayList<>();
    gpu.onPrepare = () -> states.add(rig.status.state());
    rig.settle();
    assertRunsOn(gpu);
    assertTrue(embedded.plan.closed());
    assertEquals(List.of(State.READY), states);
    assertEquals(engine, rig.registered.orElseThrow());
    assertRight(running);
  }

  @Test
  void shouldStayWhereAnArrivalIsNoBetter() throws Exception {
    FakeDevice first = rig.addDevice("gpu0", INTEGRATED);
    rig.settle();
    FakeDevice twin = rig.addDevice("gpu1", INTEGRATED);
    FakeDevice worse = rig.addDevice("cpu0", EMBEDDED);
    rig.settle();
    assertRunsOn(first);
    assertNull(twin.plan);
    assertNull(worse.plan);
  }

  @Test
  void shouldStayOnADeviceWhoseSequencesABetterOneCannotHold() throws Exception {
    FakeDevice embedded = rig.addDevice("cpu0", EMBEDDED);
    rig.settle();
    FakeDevice gpu = rig.addDevice("gpu0", INTEGRATED);
    gpu.kvMemory = 20 << 10;
    rig.settle();
    FakePlan refused = gpu.plan;
    rig.settle();
    assertSame(refused, gpu.plan);
    assertRunsOn(embedded);
    rig.host.removeDevice(embedded);
    assertRunsOn(gpu);
    assertNotSame(refused, gpu.plan);
  }

  @Test
  void shouldGoOnWithTheProcessorWhenAGpuIsLost() throws Exception {
    FakeDevice gpu = rig.addDevice("gpu0", INTEGRATED);
    rig.addDevice("cpu0", EMBEDDED);
    rig.settle();
    assertRunsOn(gpu);
    List<Generation> running = start(rig.registered.orElseThrow());
    gpu.plan.lose();
    assertRight(running);
  }

  private static void assertRunsOn(FakeDevice device) {
    assertNotNull(device.plan, device.info().id());
    assertFalse(device.plan.closed(), device.info().id());
  }

  /** Submits requests and returns when each has got some tokens. */
  private static List<Generation> start(Engine engine) throws Exception {
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CountDownLatch running = new CountDownLatch(5);
      all.add(
          engine.submit(
              request(i),
              e -> {
                if (e instanceof GenerationEvent.Delta) {
                  running.countDown();
                }
              }));
      assertTrue(running.await(20, TimeUnit.SECONDS));
    }
    return all;
  }

  private static void assertRight(List<Generation> generations) throws Exception {
    for (int i = 0; i < generations.size(); i++) {
      Generation.Result result = generations.get(i).result().get(20, TimeUnit.SECONDS);
      assertTrue(Oracle.of(request(i), 0).matches(result.choices().get(0)));
    }
  }

  private static GenerationRequest request(int i) {
    return GenerationRequest.builder("r" + i, new Prompt.Tokens(new int[] {9, 8, 7, 6, 5 + i}))
        .maxTokens(350)
        .ignoreEnd(true)
        .build();
  }
}
