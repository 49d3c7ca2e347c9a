/** Vendors' compilers, called without their devices, and what their listings say. */
package io.quire.tools.compile;
