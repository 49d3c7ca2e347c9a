/** How the tile dialect is lowered for OpenCL devices. */
package io.quire.backend.amd.program;
