/** One line for everything that comes or goes, in the log {@code quire.audit}. */
package io.quire.trust.audit;
