package io.quire.backend.amd.driver;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.StagingBuffer;
import io.quire.backend.amd.Runtimes;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.gpu.program.BinaryCache;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A driver with a queue, and what tests do with them again and again. */
final class Rig implements AutoCloseable {
  static final int GROUP = 4;

  /** Adds a number to each of some others. */
  static final String ADD =
      """
      KERNEL(add)(GLOBAL int* values, int number, int count)
      {
          const int i = GROUP_ID(0) * WG_SIZE + LOCAL_ID;
          if (i < count) values[i] += number * FACTOR;
      }
      """;

  final OpenClDriver driver;
  final CommandQueue queue;

  Rig(OpenClDevice device) {
    this(device, new BinaryCache(Optional.empty()));
  }

  Rig(OpenClDevice device, BinaryCache cache) {
    driver = Runtimes.driver(device, cache);
    queue = driver.queue();
  }

  static CompileOptions options(String name, int factor) {
    Map<String, String> macros =
        Map.of(
            "WG_SIZE", Integer.toString(GROUP),
            "ELEM_FP16", "0",
            "FACTOR", Integer.toString(factor));
    return new CompileOptions(name, macros, "1.0");
  }

  KernelModule compile(int factor) {
    return driver.compile(ADD, options("add.qk", factor));
  }

  /** A launch over so many ints. */
  static LaunchGeometry geometry(int count) {
    return new LaunchGeometry(Math.ceilDiv(count, GROUP), 1, 1, GROUP, 0);
  }

  /** Adds {@code number * FACTOR} to every int of a buffer. */
  void add(Kernel kernel, DeviceBuffer buffer, int number) {
    int count = (int) (buffer.bytes() / Integer.BYTES);
    kernel.setBuffer(0, buffer);
    kernel.setInt(1, number);
    kernel.setInt(2, count);
    queue.launch(kernel, geometry(count));
  }

  DeviceBuffer buffer(int... values) {
    DeviceBuffer buffer = driver.allocate((long) values.length * Integer.BYTES);
    write(buffer, values);
    return buffer;
  }

  void write(DeviceBuffer buffer, int... values) {
    try (StagingBuffer staging = driver.allocateStaging(buffer.bytes())) {
      staging.segment().copyFrom(MemorySegment.ofArray(values));
      queue.upload(staging, 0, buffer, 0, buffer.bytes());
    }
  }

  int[] read(DeviceBuffer buffer) {
    try (StagingBuffer staging = driver.allocateStaging(buffer.bytes())) {
      queue.download(buffer, 0, staging, 0, buffer.bytes());
      finish();
      return staging.segment().toArray(ValueLayout.JAVA_INT);
    }
  }

  void finish() {
    if (!queue.fence().await(TimeUnit.MINUTES.toNanos(2))) {
      throw new AssertionError("the device has not finished within two minutes");
    }
  }

  @Override
  public void close() {
    driver.close();
  }
}
