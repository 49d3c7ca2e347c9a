/** The paged KV cache: blocks, block tables, prefix sharing. */
@Export
@Version("1.0.0")
package io.quire.api.cache;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
