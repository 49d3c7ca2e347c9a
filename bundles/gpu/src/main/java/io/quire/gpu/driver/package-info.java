/**
 * What every driver does alike, whoever made the device: keeping calls away from a device that is
 * closed or lost, freeing what is left, checking ranges, registering and taking back its service.
 */
@Export
@Version("1.0.0")
package io.quire.gpu.driver;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
