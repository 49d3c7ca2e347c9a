/** What users of a served model call: requests, generations, events, statistics. */
@Export
@Version("1.0.0")
package io.quire.api.engine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
