/** {@code quire bench step}: what a step costs the engine, without a device's time. */
package io.quire.bench.step;
