/** {@code quire bench offline}: an engine of this process, without HTTP. */
package io.quire.bench.offline;
