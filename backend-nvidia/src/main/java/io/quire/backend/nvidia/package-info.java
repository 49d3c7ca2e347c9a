/** NVIDIA's devices as driver services: which there are, and when they come and go. */
package io.quire.backend.nvidia;
