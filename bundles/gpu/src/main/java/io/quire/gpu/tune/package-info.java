/** Choosing tunables by timing: workloads, the tuner, and what it found, kept on disk. */
package io.quire.gpu.tune;
