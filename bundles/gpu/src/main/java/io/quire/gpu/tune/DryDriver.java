package io.quire.gpu.tune;

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
 * Says the numbers of a device and takes every text as compiled, so that the macros of a build are
 * found out by the very code that serves a model. Nothing can run on it.
 *
 * @param info the device
 */
public record DryDriver(DeviceInfo info) implements DeviceDriver {
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
        "nothing can run on " + info.id() + ": only its numbers are here");
  }
}
