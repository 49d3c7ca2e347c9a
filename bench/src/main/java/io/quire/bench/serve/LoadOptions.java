package io.quire.bench.serve;

/**
 * How requests arrive.
 *
 * @param rate mean requests a second, of a Poisson process; infinity sends all at once
 * @param concurrency most requests under way; those above it wait, and their time starts when they
 *     are sent
 * @param seed of the arrivals
 */
record LoadOptions(double rate, int concurrency, long seed) {}
