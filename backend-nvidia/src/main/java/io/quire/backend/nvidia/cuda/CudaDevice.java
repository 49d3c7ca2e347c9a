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
public record CudaDevice(int ordinal, DeviceInfo info, Prelude prelude, String target) {}
