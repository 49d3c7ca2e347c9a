/** {@code quire bench serve}: load on an OpenAI-compatible server. */
package io.quire.bench.serve;
