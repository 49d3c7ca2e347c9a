/** Lets native bindings leave with their bundle. */
@Export
@Version("1.0.0")
package io.quire.gpu.natives;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
