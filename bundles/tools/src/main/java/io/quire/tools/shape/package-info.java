/** The shapes that kernels are compiled, timed and tuned for. */
package io.quire.tools.shape;
