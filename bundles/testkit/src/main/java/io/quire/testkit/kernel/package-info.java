/** Contract cases of the operations that kernels compute, with answers in double precision. */
@Export
@Version("1.0.0")
package io.quire.testkit.kernel;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
