/** {@code quire kernels}: lists, compiles, checks, times and tunes kernel texts. */
package io.quire.tools;
