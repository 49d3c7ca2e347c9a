/** Signatures, by the JDK's own verifiers. */
package io.quire.trust.verify;
