/**
 * Models as data: files opened as tensors and metadata, and architectures as graphs of typed ops.
 */
@Export
@Version("1.1.0")
package io.quire.api.model;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
