/** What may run here: who owns a file, and who signed it. */
@Export
@Version("1.0.0")
package io.quire.trust;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
