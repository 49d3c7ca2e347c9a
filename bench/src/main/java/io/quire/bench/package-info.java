/** The command {@code quire bench}: chooses a benchmark and runs it. */
package io.quire.bench;
