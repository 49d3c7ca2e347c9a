/**
 * From a kernel's text to a program, for drivers that compile at run time: the dialect's preludes,
 * what identifies a program, binaries kept on disk, programs shared by modules.
 */
@Export
@Version("1.0.0")
package io.quire.gpu.program;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
