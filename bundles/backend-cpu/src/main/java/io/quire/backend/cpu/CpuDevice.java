package io.quire.backend.cpu;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.plan.CpuPlan;
import io.quire.backend.cpu.plan.NativeMemory;
import java.util.Map;

/** The processor as a device: always there, needs no driver. */
final class CpuDevice implements Device {
  /** The device's id. */
  static final String ID = "cpu0";

  private final Kernels kernels;
  private final int threads;
  private final DeviceInfo info;
  private volatile boolean gone;

  /**
   * Describes the device.
   *
   * @param kernels the arithmetic
   * @param wanted threads for each plan; 0 for one per processor
   */
  CpuDevice(Kernels kernels, int wanted) {
    this.kernels = kernels;
    int processors = Runtime.getRuntime().availableProcessors();
    threads = wanted == 0 ? processors : wanted;
    info =
        new DeviceInfo(
            ID,
            Processor.name(),
            "cpu",
            Processor.arch(),
            "cpu",
            NativeMemory.total(),
            processors,
            Map.of("kernels", kernels.name(), "threads", threads));
  }

  /** Refuses new plans. Plans that are open end when their owner closes them. */
  void leave() {
    gone = true;
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
    if (gone) {
      throw new LostDeviceException("device " + ID + " has left");
    }
    return new CpuPlan(ID, kernels, threads, graph, weights, options, progress);
  }
}
