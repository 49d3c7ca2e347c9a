package io.quire.gpu.plan;

import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelProgram;

/**
 * A compiled kernel and the source that it came from.
 *
 * @param source the source
 * @param kernels compiled from it
 */
record Program(KernelSource source, KernelProgram kernels) {}
