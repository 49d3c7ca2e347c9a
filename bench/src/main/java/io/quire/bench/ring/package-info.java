/** What it costs that a device lives in another process. */
package io.quire.bench.ring;
