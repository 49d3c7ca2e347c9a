/** What the engines count, for Prometheus. */
package io.quire.metrics;
