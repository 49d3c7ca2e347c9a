/** Byte pair encoding by ranked merges, and the heap of merges that every BPE here shares. */
package io.quire.text.bpe;
