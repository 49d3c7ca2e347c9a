package io.quire.worker.child;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;

/**
 * A kernel source of the parent.
 *
 * @param id the parent's number for it
 * @param header its header
 * @param text its text
 * @param origin where it came from
 */
record RemoteKernel(long id, KernelHeader header, String text, String origin)
    implements KernelSource {}
