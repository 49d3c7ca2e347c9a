/** Kernel sources as services: headers, choice by device, changes while plans run. */
@Export
@Version("1.2.0")
package io.quire.api.kernel;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
