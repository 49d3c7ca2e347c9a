package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StepFuture;
import io.quire.worker.fake.FakeBundle;
import io.quire.worker.fake.FakePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** A backend that misbehaves, in a child; the limit is for a hang alone. */
@Timeout(120)
class WorkerProcessTest {
  private static final String FIRST = "fake0";
  private static final String SECOND = "fake1";

  @TempDir private Path folder;
  private WorkerRig rig;
  private Bundle backend;

  @BeforeEach
  void start() throws Exception {
    rig = new WorkerRig(folder.resolve("osgi"), configuration(Map.of()));
    backend = rig.start(FakeBundle.write(folder));
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
  }

  private static Map<String, Object> configuration(Map<String, Object> more) {
    Map<String, Object> all = new HashMap<>(more);
    all.put("backends", FakeBundle.NAME);
    return all;
  }

  private ServiceReference<Device> another(String id, long pid) {
    return rig.device(id, r -> WorkerRig.pid(r) > 0 && WorkerRig.pid(r) != pid);
  }

  @Test
  void shouldServeADeviceThatIsNotHere() throws Exception {
    ServiceReference<Device> reference = rig.remote(FIRST);
    Device device = rig.get(reference);
    assertEquals("a fake of process " + WorkerRig.pid(reference), device.info().name());
    assertEquals("fake", reference.getProperty("vendor"));
    assertEquals("[1, 2]", device.info().properties().get("units"));
    try (FakeSession session = FakeSession.ready(rig, device)) {
      assertEquals("weights", session.stages().getFirst());
      assertEquals(4096, session.plan().kvLayout().blockBytes());
      assertEquals(1L << 40, session.plan().kvMemory());
      for (int i = 0; i < 200; i++) {
        assertTrue(session.step(i), "step " + i);
      }
    }
  }

  @Test
  void shouldRefuseAsTheDeviceDoes() throws Exception {
    Device device = rig.get(rig.remote(FIRST));
    assertEquals(
        "no room for it",
        assertThrows(DeviceException.class, () -> new FakeSession(rig, device, "refused"))
            .getMessage());
    assertTrue(
        assertThrows(DeviceException.class, () -> new FakeSession(rig, device, "broken"))
            .getMessage()
            .contains("IllegalStateException: a bug"));
    try (FakeSession session = new FakeSession(rig, device, "good")) {
      int tooMany = FakePlan.MOST_BLOCKS + 1;
      assertThrows(DeviceException.class, () -> session.plan().allocateKv(tooMany));
      session.plan().allocateKv(FakePlan.MOST_BLOCKS);
      assertTrue(session.step(1));
      StepFuture refused = session.submit(FakePlan.REFUSE);
      assertThrows(DeviceException.class, () -> refused.await(FakeSession.LIMIT));
      assertTrue(session.step(2));
    }
  }

  @Test
  void shouldLoseADeviceWhoseProcessCrashes() throws Exception {
    ServiceReference<Device> reference = rig.remote(FIRST);
    try (FakeSession session = FakeSession.ready(rig, rig.get(reference))) {
      StepFuture crash = session.submit(FakePlan.HALT);
      String message =
          assertThrows(LostDeviceException.class, () -> crash.await(FakeSession.LIMIT))
              .getMessage();
      assertTrue(
          message.startsWith("device fake0 is lost: its worker process has ended with status 77"),
          message);
      assertThrows(LostDeviceException.class, () -> session.submit(1));
      assertThrows(LostDeviceException.class, session.plan()::kvMemory);
    }
    ServiceReference<Device> next = another(FIRST, WorkerRig.pid(reference));
    try (FakeSession session = FakeSession.ready(rig, rig.get(next))) {
      assertTrue(session.step(1));
    }
  }

  @Test
  void shouldLoseADeviceWhoseProcessIsKilledWhileStepsRun() throws Exception {
    ServiceReference<Device> reference = rig.remote(FIRST);
    try (FakeSession session = FakeSession.ready(rig, rig.get(reference));
        var thread =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("steps").factory())) {
      assertTrue(session.step(1));
      var lost =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return session.untilLost();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              },
              thread);
      ProcessHandle.of(WorkerRig.pid(reference)).orElseThrow().destroyForcibly();
      assertTrue(lost.join().getMessage().contains(" has ended with status 137 "));
    }
    another(FIRST, WorkerRig.pid(reference));
  }

  @Test
  void shouldEndAProcessWhoseDriverLosesTheDevice() throws Exception {
    ServiceReference<Device> reference = rig.remote(FIRST);
    try (FakeSession session = FakeSession.ready(rig, rig.get(reference))) {
      StepFuture lost = session.submit(FakePlan.LOSE);
      StepFuture next = session.submit(1);
      String message =
          assertThrows(LostDeviceException.class, () -> lost.await(FakeSession.LIMIT)).getMessage();
      assertTrue(message.contains("the batch has token 991"), message);
      assertThrows(LostDeviceException.class, () -> next.await(FakeSession.LIMIT));
    }
    Device other = rig.get(another(FIRST, WorkerRig.pid(reference)));
    assertThrows(LostDeviceException.class, () -> new FakeSession(rig, other, "lost"));
    another(FIRST, Long.parseLong(other.info().name().replaceAll("\\D+", "")));
  }

  @Test
  void shouldFenceAProcessWhoseStepHangs() throws Exception {
    rig.configure(WorkerConfig.PID, configuration(Map.of("heartbeat.seconds", 1)));
    ServiceReference<Device> reference = rig.remote(FIRST);
    try (FakeSession session = FakeSession.ready(rig, rig.get(reference))) {
      StepFuture hangs = session.submit(FakePlan.HANG);
      String message =
          assertThrows(LostDeviceException.class, () -> hangs.await(FakeSession.LIMIT))
              .getMessage();
      assertTrue(message.contains("a step has hung in its worker process for 1 s"), message);
    }
    another(FIRST, WorkerRig.pid(reference));
    assertFalse(ProcessHandle.of(WorkerRig.pid(reference)).isPresent());
  }

  @Test
  void shouldFenceAProcessThatIsFrozen() throws Exception {
    rig.configure(WorkerConfig.PID, configuration(Map.of("heartbeat.seconds", 1)));
    ServiceReference<Device> reference = rig.remote(FIRST);
    long pid = WorkerRig.pid(reference);
    try (FakeSession session = FakeSession.ready(rig, rig.get(reference))) {
      assertEquals(0, new ProcessBuilder("kill", "-STOP", "" + pid).start().waitFor());
      LostDeviceException lost = session.untilLost();
      assertTrue(lost.getMessage().contains(" for 1 s "), lost.getMessage());
    }
    another(FIRST, pid);
    assertFalse(ProcessHandle.of(pid).isPresent());
  }

  @Test
  void shouldEndAProcessWhosePlanDoesNotClose() throws Exception {
    rig.configure(WorkerConfig.PID, configuration(Map.of("leave.seconds", 1)));
    ServiceReference<Device> reference = rig.remote(FIRST);
    FakeSession session = FakeSession.ready(rig, rig.get(reference));
    StepFuture never = session.submit(FakePlan.NEVER);
    session.close();
    assertThrows(LostDeviceException.class, () -> never.await(FakeSession.LIMIT));
    another(FIRST, WorkerRig.pid(reference));
  }

  @Test
  void shouldGiveEachDeviceAProcess() throws Exception {
    rig.configure(FakeBundle.NAME, Map.of("devices", 2));
    backend.stop();
    backend.start();
    ServiceReference<Device> first = rig.remote(FIRST);
    ServiceReference<Device> second = rig.remote(SECOND);
    assertNotEquals(WorkerRig.pid(first), WorkerRig.pid(second));
    ProcessHandle.of(WorkerRig.pid(first)).orElseThrow().destroyForcibly();
    another(FIRST, WorkerRig.pid(first));
    assertEquals(WorkerRig.pid(second), WorkerRig.pid(rig.remote(SECOND)));
  }

  @Test
  void shouldStartNoProcessWhereThereIsNoDevice() throws Exception {
    rig.remote(FIRST);
    backend.uninstall();
    assertEquals(0, ProcessHandle.current().children().count());
    Path other = FakeBundle.write(Files.createDirectory(folder.resolve("other")), "/dev/none, /no");
    rig.start(other);
    assertEquals(0, ProcessHandle.current().children().count());
  }

  @Test
  void shouldKeepItsConfigurationWhereAnotherIsWrong() throws IOException {
    long pid = WorkerRig.pid(rig.remote(FIRST));
    rig.configure(WorkerConfig.PID, configuration(Map.of("leave.seconds", 0)));
    assertEquals(pid, WorkerRig.pid(rig.remote(FIRST)));
  }
}
