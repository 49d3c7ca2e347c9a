/** What tests of every room share: contracts, seeded inputs, tolerances, reference data. */
@Export
@Version("1.0.0")
package io.quire.testkit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
