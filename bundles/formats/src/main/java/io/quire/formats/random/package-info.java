/** Models of real shapes with random weights, for benchmarks and tests. */
package io.quire.formats.random;
