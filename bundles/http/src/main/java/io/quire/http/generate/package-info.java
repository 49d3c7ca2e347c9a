/** Runs generations for a request and streams what they produce. */
package io.quire.http.generate;
