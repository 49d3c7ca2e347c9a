/** Samples and their summary, and seeded draws of lengths and gaps. */
package io.quire.bench.stats;
