/** Devices that are not here: their numbers, and what stands in for their drivers. */
package io.quire.tools.target;
