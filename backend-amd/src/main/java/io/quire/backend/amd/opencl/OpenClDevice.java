package io.quire.backend.amd.opencl;

import io.quire.api.device.DeviceInfo;
import io.quire.gpu.program.Prelude;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * A device that was found.
 *
 * @param platform its platform
 * @param handle the device
 * @param info what is told of it
 * @param prelude how the dialect is lowered for it
 * @param shared whether its memory is the host's
 * @param maxAllocation bytes that one buffer may have
 * @param build everything that a compiled program depends on besides its text
 */
public record OpenClDevice(
    cl_platform_id platform,
    cl_device_id handle,
    DeviceInfo info,
    Prelude prelude,
    boolean shared,
    long maxAllocation,
    String build) {}
