/** Text in and out: tokenizers, incremental detokenisation with stop strings, chat templates. */
@Export
@Version("1.0.0")
package io.quire.api.text;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
