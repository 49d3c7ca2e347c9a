/** The contract of devices: what prepared models, their steps and their caches must do. */
@Export
@Version("1.0.0")
package io.quire.testkit.device;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
