/** NVIDIA's toolkit: where its parts lie on a machine, and its compiler NVRTC. */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package io.quire.backend.nvidia.toolkit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
