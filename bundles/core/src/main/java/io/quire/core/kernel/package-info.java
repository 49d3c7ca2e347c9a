/** Collects kernel sources from bundles and services and chooses the best one for a device. */
package io.quire.core.kernel;
