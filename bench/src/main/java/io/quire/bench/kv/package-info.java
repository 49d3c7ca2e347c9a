/** {@code quire bench kv}: what a scheduler and a paged cache make of a chat trace. */
package io.quire.bench.kv;
