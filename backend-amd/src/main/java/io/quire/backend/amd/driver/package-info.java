/** The driver contract over OpenCL: memory, queues, fences, kernels. */
package io.quire.backend.amd.driver;
