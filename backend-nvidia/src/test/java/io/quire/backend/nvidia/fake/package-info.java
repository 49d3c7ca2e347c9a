/** CUDA's interface without CUDA, for tests of the driver: no kernel of ours runs here. */
package io.quire.backend.nvidia.fake;
