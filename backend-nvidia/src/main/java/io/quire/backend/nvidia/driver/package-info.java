/** The driver contract over CUDA: memory, queues, fences, kernels, captured work. */
package io.quire.backend.nvidia.driver;
