/**
 * The client of the shell's socket. It needs nothing but the JDK and this package, so that the
 * launcher can run it from the plain jar.
 */
package io.quire.shell.client;
