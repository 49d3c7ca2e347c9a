package io.quire.testkit.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelCompileException;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs and launches of the driver contract. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ProgramContract {
  /** Bytes before the binary in a file of the cache. */
  private static final int SUM = 32;

  @TempDir private Path folder;

  /** {@return the devices that are held to it; empty where there are none} */
  protected abstract List<DriverCandidate> candidates();

  /**
   * Whether a device's driver refuses a binary that is none, as it should.
   *
   * @param device the device
   * @return false for one that ends the process
   */
  protected boolean refusesNonsense(DriverCandidate device) {
    return true;
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldNameTheLineThatDoesNotCompile(DriverCandidate device) {
    String text =
        """
        KERNEL(broken)(GLOBAL int* values)
        {
            values[0] = nowhere;
        }
        """;
    try (DriverRig rig = device.open()) {
      var problem =
          assertThrows(
              KernelCompileException.class,
              () -> rig.driver().compile(text, DriverRig.options("texts/broken.qk", 1)));
      String message = problem.getMessage();
      assertTrue(message.matches("(?s).*texts/broken\\.qk[:(]3.*"), message);
      assertTrue(message.contains("nowhere"), message);
      assertTrue(message.contains(rig.driver().info().id()), message);
      assertEquals(9, addedBy(rig, 3), "a text that does not compile spoils nothing");
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldNameTheKernelsThereAre(DriverCandidate device) {
    try (DriverRig rig = device.open();
        KernelModule module = rig.compile(1)) {
      var problem = assertThrows(DeviceException.class, () -> module.kernel("subtract"));
      assertTrue(problem.getMessage().contains("it has add"), problem::getMessage);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseLaunchesThatCannotBe(DriverCandidate device) {
    try (DriverRig rig = device.open();
        KernelModule module = rig.compile(1)) {
      DeviceBuffer buffer = rig.buffer(0, 0, 0, 0);
      Kernel kernel = module.kernel("add");
      kernel.setBuffer(0, buffer);
      kernel.setInt(1, 1);
      assertRefused(rig, kernel, DriverRig.geometry(4), "argument 2");
      kernel.setInt(2, 4);
      assertRefused(
          rig, kernel, new LaunchGeometry(1, 1, 1, 2 * DriverRig.GROUP, 0), "failed with");
      assertRefused(rig, kernel, new LaunchGeometry(0, 1, 1, DriverRig.GROUP, 0), "at least 1");
      assertThrows(DeviceException.class, () -> kernel.setInt(3, 1));
      assertThrows(DeviceException.class, () -> kernel.setLong(1, 1));
      rig.queue().launch(kernel, DriverRig.geometry(4));
      assertArrayEquals(new int[] {1, 1, 1, 1}, rig.read(buffer), "the device is sound");
      buffer.close();
      assertThrows(
          IllegalStateException.class, () -> rig.queue().launch(kernel, DriverRig.geometry(4)));
    }
  }

  private static void assertRefused(
      DriverRig rig, Kernel kernel, LaunchGeometry geometry, String reason) {
    var problem =
        assertThrows(DeviceException.class, () -> rig.queue().launch(kernel, geometry), reason);
    assertTrue(problem.getMessage().contains(reason), problem::getMessage);
    assertTrue(problem.getMessage().contains("add"), problem::getMessage);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldGiveEachKernelItsOwnArguments(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(0);
        KernelModule same = rig.compile(1)) {
      KernelModule module = rig.compile(1);
      Kernel one = module.kernel("add");
      Kernel two = same.kernel("add");
      rig.add(one, buffer, 1);
      rig.add(two, buffer, 10);
      module.close();
      rig.queue().launch(two, DriverRig.geometry(1));
      assertArrayEquals(new int[] {21}, rig.read(buffer));
      assertThrows(IllegalStateException.class, () -> one.setInt(1, 1));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldTakeAKeptBinaryInsteadOfCompiling(DriverCandidate device) throws IOException {
    Path two = store(device, 2);
    Path three = store(device, 3);
    Files.copy(three, two, StandardCopyOption.REPLACE_EXISTING);
    assertEquals(9, addedBy(device, 2), "the binary of factor 3 lies where factor 2 looks");
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldCompileAgainWhatIsDamaged(DriverCandidate device) throws IOException {
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
  @MethodSource("candidates")
  void shouldCompileAgainWhatTheRuntimeRefuses(DriverCandidate device) throws Exception {
    assumeTrue(
        refusesNonsense(device),
        device + " ends the process when a binary is not its own; the key keeps such away from it");
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
  private Path store(DriverCandidate device, int factor) throws IOException {
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

  private int addedBy(DriverCandidate device, int factor) {
    try (DriverRig rig = device.open(new BinaryCache(Optional.of(folder)))) {
      return addedBy(rig, factor);
    }
  }

  /** {@return what a program adds that multiplies 3 by its factor} */
  private static int addedBy(DriverRig rig, int factor) {
    try (DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(factor)) {
      rig.add(module.kernel("add"), buffer, 3);
      return rig.read(buffer)[0];
    }
  }
}
