/** Gogo commands of scope {@code quire}: models, devices, kernels, requests, caches. */
package io.quire.shell;
