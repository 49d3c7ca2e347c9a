package io.quire.tools.target;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import java.util.Map;

/**
 * Stands in for the driver of a device that is not here: it says the device's numbers and takes
 * every text as compiled. So the macros of a build come from the very code that serves a model.
 */
public final class RecordingDriver implements DeviceDriver {
  private final DeviceInfo info;

  /**
   * Creates one.
   *
   * @param target the device
   */
  public RecordingDriver(Target target) {
    info = target.info();
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public long freeMemory() {
    return info.memory();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    throw absent();
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    throw absent();
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    return new KernelModule() {
      @Override
      public Kernel kernel(String name) {
        throw absent();
      }

      @Override
      public Map<String, Integer> exports() {
        return Map.of();
      }

      @Override
      public void close() {
        // nothing is held
      }
    };
  }

  @Override
  public CommandQueue queue() {
    throw absent();
  }

  @Override
  public void close() {
    // nothing is held
  }

  private UnsupportedOperationException absent() {
    return new UnsupportedOperationException(
        info.id() + " is compiled for, but is not in this machine: nothing can run on it");
  }
}
