package io.quire.backend.amd.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelCompileException;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.amd.Runtimes;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.gpu.program.BinaryCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs and launches of the driver contract, on every OpenCL device that is here. */
class ProgramContractTest {
  /** Bytes before the binary in a file of the cache. */
  private static final int SUM = 32;

  @TempDir private Path folder;

  static List<Named<OpenClDevice>> devices() {
    return Runtimes.devices("auto").stream()
        .map(device -> Named.of(Runtimes.name(device), device))
        .toList();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldNameTheLineThatDoesNotCompile(OpenClDevice device) {
    String text =
        """
        KERNEL(broken)(GLOBAL int* values)
        {
            values[0] = nowhere;
        }
        """;
    try (Rig rig = new Rig(device)) {
      var problem =
          assertThrows(
              KernelCompileException.class,
              () -> rig.driver.compile(text, Rig.options("texts/broken.qk", 1)));
      String message = problem.getMessage();
      assertTrue(message.contains("texts/broken.qk:3"), message);
      assertTrue(message.contains("nowhere"), message);
      assertTrue(message.contains(device.info().id()), message);
      assertEquals(9, addedBy(rig, 3), "a text that does not compile spoils nothing");
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldNameTheKernelsThereAre(OpenClDevice device) {
    try (Rig rig = new Rig(device);
        KernelModule module = rig.compile(1)) {
      var problem = assertThrows(DeviceException.class, () -> module.kernel("subtract"));
      assertTrue(problem.getMessage().contains("it has add"), problem::getMessage);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldRefuseLaunchesThatCannotBe(OpenClDevice device) {
    try (Rig rig = new Rig(device);
        KernelModule module = rig.compile(1)) {
      DeviceBuffer buffer = rig.buffer(0, 0, 0, 0);
      Kernel kernel = module.kernel("add");
      kernel.setBuffer(0, buffer);
      kernel.setInt(1, 1);
      assertRefused(rig, kernel, Rig.geometry(4), "argument 2");
      kernel.setInt(2, 4);
      assertRefused(rig, kernel, new LaunchGeometry(1, 1, 1, 2 * Rig.GROUP, 0), "CL_INVALID");
      assertRefused(rig, kernel, new LaunchGeometry(0, 1, 1, Rig.GROUP, 0), "at least 1");
      assertRefused(rig, kernel, new LaunchGeometry(1, 1, 1, Rig.GROUP, 64), "local memory");
      assertThrows(DeviceException.class, () -> kernel.setInt(3, 1));
      assertThrows(DeviceException.class, () -> kernel.setLong(1, 1));
      rig.queue.launch(kernel, Rig.geometry(4));
      assertArrayEquals(new int[] {1, 1, 1, 1}, rig.read(buffer), "the device is sound");
      buffer.close();
      assertThrows(IllegalStateException.class, () -> rig.queue.launch(kernel, Rig.geometry(4)));
    }
  }

  private static void assertRefused(
      Rig rig, Kernel kernel, LaunchGeometry geometry, String reason) {
    var problem =
        assertThrows(DeviceException.class, () -> rig.queue.launch(kernel, geometry), reason);
    assertTrue(problem.getMessage().contains(reason), problem::getMessage);
    assertTrue(problem.getMessage().contains("add"), problem::getMessage);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldGiveEachKernelItsOwnArguments(OpenClDevice device) {
    try (Rig rig = new Rig(device);
        DeviceBuffer buffer = rig.buffer(0);
        KernelModule same = rig.compile(1)) {
      KernelModule module = rig.compile(1);
      Kernel one = module.kernel("add");
      Kernel two = same.kernel("add");
      rig.add(one, buffer, 1);
      rig.add(two, buffer, 10);
      module.close();
      rig.queue.launch(two, Rig.geometry(1));
      assertArrayEquals(new int[] {21}, rig.read(buffer));
      assertThrows(IllegalStateException.class, () -> one.setInt(1, 1));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldTakeAKeptBinaryInsteadOfCompiling(OpenClDevice device) throws IOException {
    Path two = store(device, 2);
    Path three = store(device, 3);
    Files.copy(three, two, StandardCopyOption.REPLACE_EXISTING);
    assertEquals(9, addedBy(device, 2), "the binary of factor 3 lies where factor 2 looks");
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldCompileAgainWhatIsDamaged(OpenClDevice device) throws IOException {
    Path file = store(device, 2);
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    for (byte[] content : List.of(damaged, Arrays.copyOf(whole, whole.length / 2), new byte[0])) {
      Files.write(file, content);
      assertEquals(6, addedBy(device, 2));
      assertWhole(Files.readAllBytes(file));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldCompileAgainWhatTheRuntimeRefuses(OpenClDevice device) throws Exception {
    assumeFalse(
        "rusticl".equals(Runtimes.name(device)),
        "rusticl ends the process when a binary is not its own; the key keeps such away from it");
    Path file = store(device, 2);
    byte[] nonsense = "not a program of any runtime".getBytes(StandardCharsets.UTF_8);
    byte[] content =
        Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(nonsense), SUM + nonsense.length);
    System.arraycopy(nonsense, 0, content, SUM, nonsense.length);
    Files.write(file, content);
    assertEquals(6, addedBy(device, 2));
    byte[] now = Files.readAllBytes(file);
    assertWhole(now);
    assertTrue(now.length > content.length, "a real binary is kept again");
  }

  private static void assertWhole(byte[] content) {
    try {
      byte[] binary = Arrays.copyOfRange(content, SUM, content.length);
      assertArrayEquals(
          MessageDigest.getInstance("SHA-256").digest(binary), Arrays.copyOf(content, SUM));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Compiles, and says which file of the cache this has made. */
  private Path store(OpenClDevice device, int factor) throws IOException {
    Set<Path> before = files();
    assertEquals(3 * factor, addedBy(device, factor));
    Set<Path> after = files();
    after.removeAll(before);
    assertEquals(1, after.size(), () -> "new files: " + after);
    return after.iterator().next();
  }

  private Set<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return new HashSet<>(all.toList());
    }
  }

  private int addedBy(OpenClDevice device, int factor) {
    try (Rig rig = new Rig(device, new BinaryCache(Optional.of(folder)))) {
      return addedBy(rig, factor);
    }
  }

  /** {@return what a program adds that multiplies 3 by its factor} */
  private static int addedBy(Rig rig, int factor) {
    try (DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(factor)) {
      rig.add(module.kernel("add"), buffer, 3);
      return rig.read(buffer)[0];
    }
  }
}
