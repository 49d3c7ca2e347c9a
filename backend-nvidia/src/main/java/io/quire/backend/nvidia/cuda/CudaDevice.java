package io.quire.backend.nvidia.cuda;

import io.quire.api.device.DeviceInfo;
import io.quire.gpu.program.Prelude;

/**
 * A device that was found.
 *
 * @param ordinal CUDA's number of it
 * @param info what is told of it
 * @param prelude how the dialect is lowered for it
 * @param target what the compiler is asked for, such as {@code sm_90a}
 */
public record CudaDevice(int ordinal, DeviceInfo info, Prelude prelude, String target) {
  /** The first one whose kernels can begin before those in front of them have ended. */
  private static final int LEAST_OVERLAPPING = 90;

  /** {@return ten times the major plus the minor number of the compute capability} */
  public int capability() {
    return Integer.parseInt(info.arch().replaceAll("\\D", ""));
  }

  /** {@return whether kernels can begin before those in front of them have ended} */
  public boolean overlaps() {
    return capability() >= LEAST_OVERLAPPING;
  }
}
