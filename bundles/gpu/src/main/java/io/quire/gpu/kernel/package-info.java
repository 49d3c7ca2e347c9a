/** Kernel texts as programs on a device: compiled for a shape, bound to buffers, launched. */
@Export
@Version("1.0.0")
package io.quire.gpu.kernel;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
