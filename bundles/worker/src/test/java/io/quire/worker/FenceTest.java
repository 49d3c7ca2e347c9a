package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which kernels are kept away from a device after it was lost. */
class FenceTest {
  private static final String DEVICE = "gpu0";
  private static final Duration NEW = Duration.ofSeconds(59);
  private static final Duration OLD = Duration.ofSeconds(60);

  private final Kernel boxed = new Kernel("boxed", "add", List.of("bf16", "f16"), "b:1/k/add.qk");
  private final Kernel file = new Kernel("file", "add", List.of("bf16"), "/deploy/add.qk");
  private final Kernel later = new Kernel("later", "add", List.of("bf16"), "/deploy/later.qk");
  @TempDir private static Path folder;
  private static WorkerRig rig;
  private Fence fence;

  private record Kernel(String text, String op, List<String> dtypes, String origin)
      implements KernelSource {
    @Override
    public KernelHeader header() {
      return new KernelHeader(
          op, text, "1.0", dtypes, "", 0, Map.of(), Map.of(), List.of(), List.of(), List.of(),
          Map.of(), "");
    }
  }

  @BeforeAll
  static void startRig() throws Exception {
    rig = new WorkerRig(folder.resolve("osgi"), Map.of());
  }

  @AfterAll
  static void stopRig() throws Exception {
    rig.close();
  }

  @BeforeEach
  void start() {
    fence = new Fence(rig.context());
    arrive(boxed, file);
    fence.deviceFound();
  }

  @AfterEach
  void stop() {
    fence.close();
  }

  private void arrive(Kernel... kernels) {
    Stream.of(kernels).forEach(kernel -> fence.admits("", kernel));
  }

  private void lose(Fence.Arrival... kernels) {
    fence.lost(DEVICE, "a fault", List.of(kernels));
  }

  private static Fence.Arrival is(Kernel kernel, Duration age) {
    return new Fence.Arrival(kernel, age);
  }

  private List<Kernel> admitted(String device) {
    return Stream.of(boxed, file, later).filter(kernel -> fence.admits(device, kernel)).toList();
  }

  @Test
  void shouldRefuseWhatIsOnProbation() {
    lose(is(boxed, NEW), is(file, OLD), is(later, NEW));
    assertEquals(List.of(boxed, file), admitted(DEVICE));
    assertEquals(List.of(boxed, file), admitted(""), "it may be the one");
    assertEquals(List.of(boxed, file, later), admitted("gpu1"));
  }

  @Test
  void shouldNeverTrustFiles() {
    lose(is(boxed, NEW), is(file, NEW));
    assertEquals(List.of(boxed, later), admitted(DEVICE));
  }

  @Test
  void shouldKeepWhatNothingElseReplaces() {
    lose(is(file, NEW), is(later, NEW));
    assertEquals(List.of(boxed, file), admitted(DEVICE), "the latest goes first");
    lose(is(file, NEW));
    assertEquals(List.of(boxed, file), admitted(DEVICE));
  }

  @Test
  void shouldKeepWhatServesMoreTypes() {
    Kernel updated = new Kernel("updated", "add", List.of("bf16", "f32"), "b:2/k/add.qk");
    lose(is(boxed, OLD), is(updated, NEW));
    assertTrue(fence.admits(DEVICE, updated));
  }

  @Test
  void shouldTrustABundleThatCameBackUnchanged() {
    Kernel again = new Kernel("boxed", "add", List.of("bf16", "f16"), "b:2/k/add.qk");
    lose(is(later, NEW), is(again, NEW));
    assertTrue(fence.admits(DEVICE, again));
  }
}
