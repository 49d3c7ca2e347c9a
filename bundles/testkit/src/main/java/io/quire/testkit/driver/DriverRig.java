package io.quire.testkit.driver;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A driver with a queue, and what tests do with them again and again. */
public final class DriverRig implements AutoCloseable {
  /** Work-items of a group in {@link #ADD}. */
  public static final int GROUP = 4;

  /** A kernel {@code add} that adds a number, times a macro, to each of some others. */
  public static final String ADD =
      """
      KERNEL(add)(GLOBAL int* values, int number, int count)
      {
          const int i = GROUP_ID(0) * WG_SIZE + LOCAL_ID;
          if (i < count) values[i] += number * FACTOR;
      }
      """;

  private final DeviceDriver driver;
  private final CommandQueue queue;

  /**
   * Takes a driver and makes a queue.
   *
   * @param driver closed with the rig
   */
  public DriverRig(DeviceDriver driver) {
    this.driver = driver;
    queue = driver.queue();
  }

  /** {@return the driver} */
  public DeviceDriver driver() {
    return driver;
  }

  /** {@return the queue} */
  public CommandQueue queue() {
    return queue;
  }

  /**
   * How {@link #ADD} is compiled.
   *
   * @param name the text's name
   * @param factor the macro
   * @return the options
   */
  public static CompileOptions options(String name, int factor) {
    Map<String, String> macros =
        Map.of(
            "WG_SIZE", Integer.toString(GROUP),
            "ELEM_FP16", "0",
            "FACTOR", Integer.toString(factor));
    return new CompileOptions(name, macros, "1.0");
  }

  /**
   * Compiles {@link #ADD}.
   *
   * @param factor the macro
   * @return the module
   */
  public KernelModule compile(int factor) {
    return driver.compile(ADD, options("add.qk", factor));
  }

  /**
   * A launch over so many ints.
   *
   * @param count how many
   * @return its geometry
   */
  public static LaunchGeometry geometry(int count) {
    return new LaunchGeometry(Math.ceilDiv(count, GROUP), 1, 1, GROUP, 0);
  }

  /**
   * Adds {@code number * FACTOR} to every int of a buffer.
   *
   * @param kernel of {@link #ADD}
   * @param buffer the ints
   * @param number the number
   */
  public void add(Kernel kernel, DeviceBuffer buffer, int number) {
    int count = (int) (buffer.bytes() / Integer.BYTES);
    kernel.setBuffer(0, buffer);
    kernel.setInt(1, number);
    kernel.setInt(2, count);
    queue.launch(kernel, geometry(count));
  }

  /**
   * Allocates a buffer.
   *
   * @param values what it begins with
   * @return the buffer
   */
  public DeviceBuffer buffer(int... values) {
    DeviceBuffer buffer = driver.allocate((long) values.length * Integer.BYTES);
    write(buffer, values);
    return buffer;
  }

  /**
   * Writes a buffer.
   *
   * @param buffer the buffer
   * @param values as many as it holds
   */
  public void write(DeviceBuffer buffer, int... values) {
    try (StagingBuffer staging = driver.allocateStaging(buffer.bytes())) {
      staging.segment().copyFrom(MemorySegment.ofArray(values));
      queue.upload(staging, 0, buffer, 0, buffer.bytes());
    }
  }

  /**
   * Reads a buffer when all that was queued is done.
   *
   * @param buffer the buffer
   * @return its ints
   */
  public int[] read(DeviceBuffer buffer) {
    try (StagingBuffer staging = driver.allocateStaging(buffer.bytes())) {
      queue.download(buffer, 0, staging, 0, buffer.bytes());
      finish();
      return staging.segment().toArray(ValueLayout.JAVA_INT);
    }
  }

  /** Waits until all that was queued is done. */
  public void finish() {
    if (!queue.fence().await(TimeUnit.MINUTES.toNanos(2))) {
      throw new AssertionError("the device has not finished within two minutes");
    }
  }

  @Override
  public void close() {
    driver.close();
  }
}
