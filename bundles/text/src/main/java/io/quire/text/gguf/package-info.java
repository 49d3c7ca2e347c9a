/** Reads tokenizers from GGUF metadata. */
package io.quire.text.gguf;
