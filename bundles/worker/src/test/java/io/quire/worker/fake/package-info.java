/** A backend that does what tests want, to be run in a child. */
package io.quire.worker.fake;
