/** Kernel texts, preludes and common parts, as the bundles of a distribution have them. */
package io.quire.tools.source;
