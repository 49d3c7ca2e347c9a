/** Bundles, kernel and model files that are dropped into a folder, by way of Felix File Install. */
package io.quire.deploy;
