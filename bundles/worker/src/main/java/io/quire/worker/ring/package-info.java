/** Steps and their outputs in memory that two processes share. */
package io.quire.worker.ring;
