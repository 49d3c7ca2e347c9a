package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

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
    while (refusals().isEmpty()) {
      changes.acquire();
    }
    listening.close();
    assertEquals(Map.of("fake0", "it is bad"), refusals());
    assertEquals(
        "first",
        registry
            .resolve("fake", "bf16", Map.of("quire.device", "fake0"))
            .orElseThrow()
            .header()
            .name());
    put("bad", 8);
    assertFalse(refusals().containsKey("fake0"), "another text has another chance");
  }

  private Map<String, String> refusals() {
    return registry.entries().stream()
        .filter(entry -> entry.source().header().name().equals("bad"))
        .findFirst()
        .orElseThrow()
        .refusals();
  }
}
