/** CUDA itself: the calls that are used, its libraries, its devices, its error codes. */
package io.quire.backend.nvidia.cuda;
