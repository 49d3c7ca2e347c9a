/**
 * Starts the distribution: command line, models on disk, the OSGi framework, signals. No serving
 * logic.
 */
package io.quire.launcher;
