/** OpenCL itself: its library, its devices, its error codes. */
package io.quire.backend.amd.opencl;
