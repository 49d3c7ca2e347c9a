package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.api.kernel.KernelFiles;
import io.quire.api.kernel.KernelRegistry;
import io.quire.worker.fake.FakeBundle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kernels of this process in a child; its device tells which one it would take. */
@Timeout(60)
class KernelRelayTest {
  @TempDir private Path folder;
  private WorkerRig rig;
  private KernelFiles files;
  private KernelRegistry registry;
  private Device device;

  @BeforeEach
  void start() throws Exception {
    rig = new WorkerRig(folder.resolve("osgi"), Map.of("backends", FakeBundle.NAME));
    files = rig.service(KernelFiles.class);
    registry = rig.service(KernelRegistry.class);
    put("first", 1);
    rig.start(FakeBundle.write(folder));
    device = rig.get(rig.remote("fake0"));
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
  }

  private void put(String name, int ranking) {
    String text =
        "/* @op fake\n * @name "
            + name
            + "\n * @dialect 1.0\n * @dtype bf16\n * @ranking "
            + ranking
            + "\n */\nKERNEL(k)() {}\n";
    files.put("/kernels/" + name + ".qk", text.getBytes(StandardCharsets.UTF_8));
  }

  private String best() throws Exception {
    try (FakeSession session = new FakeSession(rig, device, "good")) {
      return session.stages().getLast();
    }
  }

  @Test
  void shouldBringKernelsThereAsTheyComeAndGo() throws Exception {
    assertEquals("first", best());
    put("second", 2);
    assertEquals("second", best());
    put("second", 0);
    assertEquals("first", best());
    files.remove("/kernels/first.qk");
    assertEquals("second", best());
  }

  @Test
  void shouldListHereWhatIsRefusedThere() throws Exception {
    put("bad", 9);
    Semaphore changes = new Semaphore(0);
    KernelRegistry.Registration listening = registry.listen(op -> changes.release());
    assertEquals("first", best());
    while (refusals("bad").isEmpty()) {
      changes.acquire();
    }
    listening.close();
    assertEquals(Map.of("fake0", "it is bad"), refusals("bad"));
    assertEquals(
        "first",
        registry
            .resolve("fake", "bf16", Map.of("quire.device", "fake0"))
            .orElseThrow()
            .header()
            .name());
    put("bad", 8);
    assertFalse(refusals("bad").containsKey("fake0"), "another text has another chance");
  }

  @Test
  void shouldKeepAKernelAwayThatTheDeviceWasLostWith() throws Exception {
    lose("killer", 5);
    assertEquals("first", best());
    String reason = refusals("killer").get("fake0");
    assertTrue(reason.startsWith("the device was lost 0 s after "), reason);
    assertTrue(reason.contains("the batch has token"), reason);
    assertEquals(Map.of(), refusals("first"));

    files.remove("/kernels/killer.qk");
    put("killer", 5);
    assertEquals(reason, refusals("killer").get("fake0"), "the same text has no other chance");
    assertEquals("first", best());
    put("killer", 6);
    assertEquals(Map.of(), refusals("killer"), "another text has one");
    assertEquals("killer", best());
  }

  /** Puts a kernel that loses the device, and waits for its return. */
  private void lose(String name, int ranking) throws Exception {
    long pid = WorkerRig.pid(rig.remote("fake0"));
    try (FakeSession session = FakeSession.ready(rig, device)) {
      assertTrue(session.step(1));
      put(name, ranking);
      session.untilLost();
    }
    device = rig.get(rig.device("fake0", r -> WorkerRig.pid(r) > 0 && WorkerRig.pid(r) != pid));
  }

  private Map<String, String> refusals(String name) {
    return registry.entries().stream()
        .filter(entry -> entry.source().header().name().equals(name))
        .findFirst()
        .orElseThrow()
        .refusals();
  }
}
