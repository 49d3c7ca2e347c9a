/** Arithmetic on the JVM: a plain-Java reference and its Vector API twin, equal bit for bit. */
package io.quire.backend.cpu.kernel;
