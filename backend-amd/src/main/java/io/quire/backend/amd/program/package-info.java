/** From a kernel's text to a program: preludes, binaries kept on disk. */
package io.quire.backend.amd.program;
