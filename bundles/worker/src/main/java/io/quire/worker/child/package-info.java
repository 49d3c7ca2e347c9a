/** The child's side: a small framework with one backend, which serves one device. */
package io.quire.worker.child;
