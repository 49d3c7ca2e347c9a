/** The paged KV cache's bookkeeping: blocks, reference counts, prefix sharing, copy on write. */
package io.quire.core.cache;
