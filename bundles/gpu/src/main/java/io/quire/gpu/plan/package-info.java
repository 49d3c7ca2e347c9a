/** Models on a device that is driven by kernels: fused graphs, memory, steps. */
package io.quire.gpu.plan;
