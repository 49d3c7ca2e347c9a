/**
 * Hardware: devices that execute plans step by step, and the driver contract that GPU vendors
 * implement.
 */
@Export
@Version("1.2.0")
package io.quire.api.device;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
