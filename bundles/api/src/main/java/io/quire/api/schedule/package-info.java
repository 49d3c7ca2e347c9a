/** Which sequences run in the next step, and with how many tokens. */
@Export
@Version("1.0.0")
package io.quire.api.schedule;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
