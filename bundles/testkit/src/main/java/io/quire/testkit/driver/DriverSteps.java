package io.quire.testkit.driver;

import io.quire.api.device.CommandQueue.CapturedGraph;
import io.quire.api.device.CommandQueue.Fence;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelCompileException;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * The contract of drivers in steps for a person who looks at a device for the first time: from what
 * needs least to what needs most, each with what it found. Needs no test framework.
 */
public final class DriverSteps {
  private static final int MEBIBYTE = 1 << 20;
  private static final int LAUNCHES = 1000;
  private static final int NODES = 200;
  private static final int GROUP = 128;
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final String LOCAL =
      """
      EXPORT_INT(reverse_local, BYTES)
      KERNEL(reverse)(GLOBAL int* out)
      {
          LOCAL_BUFFER(memory, BYTES);
          LOCAL int* words = (LOCAL int*)memory;
          for (int i = LOCAL_ID; i < BYTES / 4; i += WG_SIZE) words[i] = i;
          BARRIER();
          for (int i = LOCAL_ID; i < BYTES / 4; i += WG_SIZE) out[i] = words[BYTES / 4 - 1 - i];
      }
      """;

  private static final String WILD =
      """
      KERNEL(wild)(i64 address)
      {
          GLOBAL int* nowhere = (GLOBAL int*)address;
          if (LOCAL_ID == 0) *nowhere = 1;
      }
      """;

  private DriverSteps() {}

  /**
   * A step.
   *
   * @param name what is looked at
   * @param action looks, and tells what it found; throws if it is not as it should be
   */
  public record Step(String name, Action action) {}

  /** What a step does. */
  @FunctionalInterface
  public interface Action {
    /**
     * Does it.
     *
     * @param rig the driver
     * @return what it found
     * @throws InterruptedException if the thread is interrupted
     */
    String run(DriverRig rig) throws InterruptedException;
  }

  /** {@return the steps that leave a device sound, in their order} */
  public static List<Step> all() {
    return List.of(
        new Step("memory", DriverSteps::memory),
        new Step("upload and download", DriverSteps::transfers),
        new Step("copies and fills of parts", DriverSteps::parts),
        new Step("pinned memory beyond 2 GiB", DriverSteps::bigStaging),
        new Step("compile", DriverSteps::compile),
        new Step("a text that does not compile", DriverSteps::compileError),
        new Step("launch", DriverSteps::launch),
        new Step("launches that are refused", DriverSteps::refusals),
        new Step("all local memory", DriverSteps::localMemory),
        new Step("another thread", DriverSteps::otherThread),
        new Step("fence on an idle queue", DriverSteps::idleFence),
        new Step("launch and wait", DriverSteps::launchAndWait),
        new Step(LAUNCHES + " launches", DriverSteps::manyLaunches),
        new Step("record and replay", DriverSteps::recordEverything),
        new Step("replay " + NODES + " launches", DriverSteps::replayMany),
        new Step("close what is in use", DriverSteps::closeInUse));
  }

  /** {@return the step that loses a device by a fault, as a wild kernel would; the last one} */
  public static Step loss() {
    return new Step("lose the device", DriverSteps::lose);
  }

  private static String memory(DriverRig rig) {
    long before = rig.driver().freeMemory();
    try (DeviceBuffer buffer = rig.driver().allocate(64L * MEBIBYTE)) {
      rig.queue().fill(buffer, 0, buffer.bytes(), (byte) 1);
      rig.finish();
    }
    return before / MEBIBYTE + " MiB free of " + rig.driver().info().memory() / MEBIBYTE;
  }

  private static String transfers(DriverRig rig) {
    int[] values = IntStream.range(0, 16 * MEBIBYTE).map(i -> i * 0x9e3779b1).toArray();
    long bytes = (long) values.length * Integer.BYTES;
    try (DeviceBuffer buffer = rig.driver().allocate(bytes);
        StagingBuffer staging = rig.driver().allocateStaging(bytes)) {
      staging.segment().copyFrom(MemorySegment.ofArray(values));
      double up = best(rig, () -> rig.queue().upload(staging, 0, buffer, 0, bytes));
      staging.segment().fill((byte) 0);
      double down = best(rig, () -> rig.queue().download(buffer, 0, staging, 0, bytes));
      require(Arrays.equals(values, staging.segment().toArray(ValueLayout.JAVA_INT)), "values");
      return text("%.1f GB/s up, %.1f down", bytes / up * 1e-3, bytes / down * 1e-3);
    }
  }

  private static String parts(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(new int[1024]);
        DeviceBuffer other = rig.buffer(-1, -2, -3, -4)) {
      DeviceBuffer slice = buffer.slice(1024, 2048);
      rig.queue().copy(other, 4, slice, 512, 8);
      rig.queue().fill(slice, 521, 3, (byte) 0x11);
      int[] all = rig.read(buffer);
      require(all[256 + 128] == -2, "first word copied");
      require(all[256 + 129] == -3, "last word copied");
      require(all[256 + 130] == 0x1111_1100, "bytes filled: " + Integer.toHexString(all[386]));
      return "right";
    }
  }

  private static String bigStaging(DriverRig rig) {
    long bytes = (2L << 30) + MEBIBYTE;
    if (!"gpu".equals(rig.driver().info().properties().get("type"))) {
      return "left out: no GPU";
    }
    try (StagingBuffer staging = rig.driver().allocateStaging(bytes)) {
      staging.segment().set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 1);
      return bytes + " bytes";
    }
  }

  private static String compile(DriverRig rig) {
    long begin = System.nanoTime();
    rig.compile(97).close();
    long first = System.nanoTime() - begin;
    begin = System.nanoTime();
    try (KernelModule module = rig.compile(97)) {
      long again = System.nanoTime() - begin;
      return text(
          "%.1f ms, again %.1f ms; exports %s", first * 1e-6, again * 1e-6, module.exports());
    }
  }

  private static String compileError(DriverRig rig) {
    try {
      rig.driver()
          .compile(
              "KERNEL(one)(GLOBAL int* x)\n{\n  x[0] = nowhere;\n}\n", options("broken.qk", 1, 0));
    } catch (KernelCompileException e) {
      require(e.getMessage().contains("broken.qk"), e.getMessage());
      return e.getMessage()
          .lines()
          .filter(line -> line.contains("nowhere"))
          .findFirst()
          .orElseThrow();
    }
    throw new IllegalStateException("it compiled");
  }

  private static String launch(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(1, 2, 3, 4, 5);
        KernelModule module = rig.compile(3)) {
      rig.add(module.kernel("add"), buffer, 10);
      int[] result = rig.read(buffer);
      require(Arrays.equals(result, new int[] {31, 32, 33, 34, 35}), Arrays.toString(result));
      return "right";
    }
  }

  private static String refusals(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      kernel.setBuffer(0, buffer);
      refused(() -> rig.queue().launch(kernel, DriverRig.geometry(1)));
      refused(() -> kernel.setLong(1, 1));
      refused(() -> kernel.setInt(3, 1));
      refused(() -> module.kernel("no_such_kernel"));
      rig.add(kernel, buffer, 5);
      String last =
          refused(() ->
              rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, 8 * DriverRig.GROUP, 0)));
      refused(() -> rig.driver().allocate(Long.MAX_VALUE / 4));
      require(rig.read(buffer)[0] == 5, "the device is sound afterwards");
      return last;
    }
  }

  private static String localMemory(DriverRig rig) {
    int bytes = (Integer) rig.driver().info().properties().get("local.memory");
    bytes = Math.min(bytes - 1024, 1 << 20) / 1024 * 1024;
    try (KernelModule module = rig.driver().compile(LOCAL, options("local.qk", GROUP, bytes));
        DeviceBuffer out = rig.driver().allocate(bytes)) {
      Kernel kernel = module.kernel("reverse");
      kernel.setBuffer(0, out);
      int local = module.exports().getOrDefault("reverse_local", 0);
      rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, GROUP, local));
      int[] words = rig.read(out);
      int count = words.length;
      require(IntStream.range(0, count).allMatch(i -> words[i] == count - 1 - i), "words reversed");
      return bytes + " bytes, " + local + " of them exported";
    }
  }

  private static String otherThread(DriverRig rig) throws InterruptedException {
    AtomicReference<Optional<RuntimeException>> problem = new AtomicReference<>(Optional.empty());
    Thread thread =
        Thread.ofPlatform()
            .name("quire-driver-step")
            .start(() -> {
              try {
                launch(rig);
              } catch (RuntimeException e) {
                problem.set(Optional.of(e));
              }
            });
    thread.join();
    if (problem.get().isPresent()) {
      throw problem.get().get();
    }
    return "right";
  }

  private static String idleFence(DriverRig rig) {
    return text("%.1f us", best(rig, () -> {}));
  }

  private static String launchAndWait(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      rig.add(kernel, buffer, 0);
      LaunchGeometry geometry = DriverRig.geometry(1);
      return text("%.1f us", best(rig, () -> rig.queue().launch(kernel, geometry)));
    }
  }

  private static String manyLaunches(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      rig.add(kernel, buffer, 1);
      LaunchGeometry geometry = DriverRig.geometry(1);
      rig.finish();
      long queued = 0;
      for (int round = 0; round < 10; round++) {
        long begin = System.nanoTime();
        for (int i = 0; i < LAUNCHES; i++) {
          kernel.setInt(1, i % 2);
          rig.queue().launch(kernel, geometry);
        }
        queued = System.nanoTime() - begin;
        rig.finish();
      }
      require(rig.read(buffer)[0] == 1 + 10 * LAUNCHES / 2, "every launch ran once");
      return text("%.2f us each for the host", queued * 1e-3 / LAUNCHES);
    }
  }

  private static String recordEverything(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(0, 0);
        DeviceBuffer copy = rig.buffer(0, 0);
        StagingBuffer in = rig.driver().allocateStaging(4);
        StagingBuffer out = rig.driver().allocateStaging(8);
        KernelModule module = rig.compile(2)) {
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph =
          rig.queue()
              .capture(() -> {
                rig.queue().upload(in, 0, buffer, 0, 4);
                rig.queue().fill(buffer, 4, 4, (byte) 0);
                rig.add(kernel, buffer, 5);
                rig.queue().copy(buffer, 0, copy, 0, 8);
                rig.queue().download(copy, 0, out, 0, 8);
              });
      if (graph.isEmpty()) {
        return "this device records nothing";
      }
      try (CapturedGraph recorded = graph.get()) {
        for (int i = 1; i < 4; i++) {
          in.segment().set(ValueLayout.JAVA_INT, 0, i);
          recorded.replay();
          rig.finish();
          int[] result = out.segment().toArray(ValueLayout.JAVA_INT);
          require(result[0] == i + 10 && result[1] == 10, Arrays.toString(result));
        }
      }
      return "right";
    }
  }

  private static String replayMany(DriverRig rig) {
    try (DeviceBuffer buffer = rig.buffer(0);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph =
          rig.queue()
              .capture(() -> {
                for (int i = 0; i < NODES; i++) {
                  rig.add(kernel, buffer, 1);
                }
              });
      if (graph.isEmpty()) {
        return "this device records nothing";
      }
      try (CapturedGraph recorded = graph.get()) {
        double micros = best(rig, recorded::replay);
        require(rig.read(buffer)[0] % NODES == 0, "every launch ran once a replay");
        return text("%.1f us in all", micros);
      }
    }
  }

  private static String closeInUse(DriverRig rig) {
    KernelModule module = rig.compile(1);
    DeviceBuffer buffer = rig.buffer(0);
    Kernel kernel = module.kernel("add");
    for (int i = 0; i < LAUNCHES; i++) {
      rig.add(kernel, buffer, 1);
    }
    buffer.close();
    module.close();
    rig.finish();
    try {
      rig.queue().launch(kernel, DriverRig.geometry(1));
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
    throw new IllegalStateException("a kernel was launched after its module's close");
  }

  private static String lose(DriverRig rig) {
    if (!"gpu".equals(rig.driver().info().properties().get("type"))) {
      return "left out: no GPU, so the fault would end this process";
    }
    try (KernelModule module = rig.driver().compile(WILD, options("wild.qk", 32, 0))) {
      Kernel kernel = module.kernel("wild");
      kernel.setLong(0, 0x10);
      rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, 32, 0));
      rig.queue().fence().await(PATIENCE_NANOS);
    } catch (LostDeviceException lost) {
      try {
        rig.driver().allocate(4);
      } catch (LostDeviceException | IllegalStateException again) {
        return lost.getMessage();
      }
      throw new IllegalStateException("it is lost, and yet it allocates");
    }
    throw new IllegalStateException("a store to nowhere was not noticed");
  }

  private static CompileOptions options(String name, int group, int bytes) {
    return new CompileOptions(
        name,
        Map.of(
            "WG_SIZE", Integer.toString(group), "ELEM_FP16", "0", "BYTES", Integer.toString(bytes)),
        "1.0");
  }

  /** The shortest time in microseconds of some work and the wait for it. */
  private static double best(DriverRig rig, Runnable work) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long begin = System.nanoTime();
      work.run();
      Fence fence = rig.queue().fence();
      require(fence.await(PATIENCE_NANOS), "it ends within a minute");
      best = Math.min(best, System.nanoTime() - begin);
    }
    return best * 1e-3;
  }

  private static String refused(Runnable action) {
    try {
      action.run();
    } catch (DeviceException e) {
      return e.getMessage();
    }
    throw new IllegalStateException("something was not refused that cannot be done");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalStateException("not as it should be: " + what);
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
