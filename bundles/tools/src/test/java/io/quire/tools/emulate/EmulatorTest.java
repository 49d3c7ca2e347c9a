package io.quire.tools.emulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import io.quire.tools.target.Targets;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver and its bridge, with a module in place of the emulator that knows two kernels. */
class EmulatorTest {
  private static final String MODULE =
      """
      import ctypes, os, struct

      def load(path):
          return open(path).read()

      def launch(image, name, grid, group, args, arch):
          if name == "die":
              os._exit(3)
          if name != "shout":
              raise KeyError(name + ".kd")
          first, to, factor, second = struct.unpack("<ixxxxQfi", args)
          words = (ctypes.c_float * grid[0]).from_address(to)
          for i in range(grid[0]):
              words[i] = words[i] * factor + first + second + group[0]
          print()  # goes to standard error, where it is no answer
      """;

  private static final int GROUPS = 3;

  @TempDir Path folder;

  private EmulatedDriver driver;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "python3"))),
        "there is no python3 in PATH");
    Files.writeString(folder.resolve("amd_emulator.py"), MODULE);
    Path bridge = Path.of("src/test/emulator/bridge.py").toAbsolutePath();
    List<String> command = List.of("env", "PYTHONPATH=" + folder, "python3", bridge.toString());
    driver =
        new EmulatedDriver(
            Targets.named("gfx1100").getFirst(),
            (target, name, macros, text) -> text(text),
            new Emulator(command, 5),
            folder.resolve("memory"));
  }

  private Path text(String text) {
    try {
      return Files.writeString(folder.resolve("object"), text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    if (driver != null) {
      driver.close();
    }
  }

  private Kernel kernel(KernelModule module, String name, DeviceBuffer buffer) {
    Kernel kernel = module.kernel(name);
    kernel.setInt(0, 10);
    kernel.setBuffer(1, buffer);
    kernel.setFloat(2, 0.5f);
    kernel.setInt(3, 200);
    return kernel;
  }

  private KernelModule module() {
    return driver.compile("text", new CompileOptions("test/shout", Map.of(), "1.0"));
  }

  @Test
  void shouldRunAKernelOnSharedMemory() {
    long bytes = GROUPS * Float.BYTES;
    try (KernelModule module = module();
        CommandQueue queue = driver.queue();
        DeviceBuffer buffer = driver.allocate(bytes);
        StagingBuffer staging = driver.allocateStaging(bytes)) {
      for (int i = 0; i < GROUPS; i++) {
        staging.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
      }
      queue.upload(staging, 0, buffer, 0, bytes);
      queue.launch(kernel(module, "shout", buffer), new LaunchGeometry(GROUPS, 1, 1, 64, 0));
      queue.download(buffer, 0, staging, 0, bytes);

      assertTrue(queue.fence().await(0));
      for (int i = 0; i < GROUPS; i++) {
        assertEquals(
            i * 0.5f + 10 + 200 + 64, staging.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i));
      }
    }
  }

  @Test
  void shouldSayWhatTheEmulatorCannotDo() {
    try (KernelModule module = module();
        CommandQueue queue = driver.queue();
        DeviceBuffer buffer = driver.allocate(1)) {
      Kernel kernel = kernel(module, "whisper", buffer);
      LaunchGeometry geometry = new LaunchGeometry(1, 1, 1, 1, 0);

      String message =
          assertThrows(DeviceException.class, () -> queue.launch(kernel, geometry)).getMessage();

      assertEquals("the emulator says KeyError: 'whisper.kd'", message);
    }
  }

  @Test
  void shouldBeLostWithTheEmulator() {
    try (KernelModule module = module();
        CommandQueue queue = driver.queue();
        DeviceBuffer buffer = driver.allocate(1)) {
      Kernel kernel = kernel(module, "die", buffer);
      LaunchGeometry geometry = new LaunchGeometry(1, 1, 1, 1, 0);

      String message =
          assertThrows(LostDeviceException.class, () -> queue.launch(kernel, geometry))
              .getMessage();

      assertEquals("emulator: it ended (status 3)", message);
      assertTrue(driver.isLost());
    }
  }

  @Test
  void shouldNameAnArgumentThatIsMissing() {
    try (KernelModule module = module();
        CommandQueue queue = driver.queue()) {
      Kernel kernel = module.kernel("shout");
      kernel.setInt(1, 1);
      LaunchGeometry geometry = new LaunchGeometry(1, 1, 1, 1, 0);

      String message =
          assertThrows(DeviceException.class, () -> queue.launch(kernel, geometry)).getMessage();

      assertEquals("shout: argument 0 was not set", message);
    }
  }
}
