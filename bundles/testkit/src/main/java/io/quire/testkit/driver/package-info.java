/** The contract of device drivers: what memory, queues, programs and captures must do. */
@Export
@Version("1.0.0")
package io.quire.testkit.driver;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
